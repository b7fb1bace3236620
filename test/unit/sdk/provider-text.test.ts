import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import * as provider from "../../../sdk/dynamic-provider.ts";
import { providerText } from "../../../sdk/provider-text.ts";

const goldenStates = join(import.meta.dirname, "../../end-to-end/golden-state/dynamic-provider");

/** What the host of dynamic providers does with the text: it runs it as a module. */
function run(text: string, require: (module: string) => unknown): Record<string, unknown> {
  const exports = {};
  new Function("exports", "require", text)(exports, require);
  return exports;
}

it("loads the entry that package.json offers, and gives the provider that it makes", async () => {
  const { name, exports } = JSON.parse(await readFile("package.json", "utf8"));
  const loaded: string[] = [];
  const { handler } = run(providerText, (module) => {
    loaded.push(module);
    return provider;
  });

  expect(loaded).toEqual([`${name}/provider`]);
  expect(exports).toHaveProperty(["./provider"], "./dist/sdk/dynamic-provider.js");
  expect(handler).toBe(provider.handler);
});

it("is what the state of every version holds, twice for each connection", async () => {
  const files = await readdir(goldenStates);
  expect(files).not.toEqual([]);
  for (const file of files) {
    const { deployment } = JSON.parse(await readFile(join(goldenStates, file), "utf8"));
    const connections = deployment.resources.filter(({ type }: { type: string }) =>
      type.endsWith(":OrgConnection"),
    );
    expect(connections.length).toBeGreaterThanOrEqual(4);
    for (const { inputs, outputs } of connections) {
      expect([inputs.__provider, outputs.__provider]).toEqual([providerText, providerText]);
    }
  }
});
