import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { dirname, join } from "node:path";
import { expect, inject, it, onTestFinished } from "vitest";
import { z } from "zod";
import { version } from "../../provider/api/version.ts";
import { runCommand } from "../support/engine/run-command.ts";

const { project } = inject("installation");
const packed = join(project, "node_modules/pulumi-datadog-org-connections/dist/plugin");
const executable = inject("plugin");

const component = z.object({
  group: z.string().optional(),
  name: z.string(),
  version: z.string(),
  purl: z.string(),
});
const bill = z.object({
  bomFormat: z.literal("CycloneDX"),
  metadata: z.object({ component }),
  components: z.array(component),
});

/** The names and versions in a bill of materials. */
async function partsOf(path: string): Promise<string[]> {
  const { metadata, components } = bill.parse(JSON.parse(await readFile(path, "utf8")));
  expect(metadata.component.purl).toBe(`pkg:npm/pulumi-datadog-org-connections@${version}`);
  return components.map(
    ({ group, name, version: of }) => `${group ? `${group}/` : ""}${name} ${of}`,
  );
}

it("the package's bill of materials names every package in the plugin's file", async () => {
  const parts = await partsOf(join(packed, "main.cdx.json"));
  const text = await readFile(join(packed, "main.js"), "utf8");
  // The file starts with the license of each package in it.
  for (const part of parts) expect(text).toContain(`\n${part}\n`);
  expect(parts.map((part) => part.split(" ")[0])).toEqual(
    expect.arrayContaining(["@grpc/grpc-js", "@pulumi/pulumi", "google-protobuf", "node-fetch"]),
  );
});

it("the executable's bill of materials has Node.js too", async () => {
  const parts = await partsOf(
    join(dirname(executable), "pulumi-resource-datadog-org-connections.cdx.json"),
  );
  const { stdout } = await runCommand("node_modules/.bin/node", ["--version"]);
  expect(parts).toEqual([
    ...(await partsOf(join(packed, "main.cdx.json"))),
    `nodejs ${stdout.trim().replace("v", "")}`,
  ]);
});

it.each([
  ["google-protobuf", "contains", 1],
  ["vitest", "doesn't contain", 0],
])("an advisory about %s, which the plugin %s, ends the audit with %i", async (name, _, code) => {
  const registry = createServer((request, response) => {
    request.resume();
    if (request.method !== "POST") return response.writeHead(404).end();
    const advisory = { id: 1, title: "A hole", severity: "high", vulnerable_versions: "*" };
    response.setHeader("content-type", "application/json");
    return response.end(
      JSON.stringify({ [name]: [{ url: "https://example.com/1", ...advisory }] }),
    );
  });
  await once(registry.listen(0, "127.0.0.1"), "listening");
  onTestFinished(() => void registry.close());
  const env = {
    ...process.env,
    npm_config_registry: `http://127.0.0.1:${Object(registry.address()).port}/`,
  };
  const audit = await runCommand("node_modules/.bin/node", ["tools/audit-bundle.ts"], { env });
  expect(audit).toMatchObject({ code });
  expect(audit.output.includes(`The plugin contains ${name} `)).toBe(code === 1);
});
