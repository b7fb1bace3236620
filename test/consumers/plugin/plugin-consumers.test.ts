import { mkdir } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import { ensureEngine } from "../../support/engine/engine.ts";
import type { FakeDatadog } from "../../support/fake-datadog/index.ts";
import {
  type Installation,
  installPackage,
  removeInstallation,
} from "../../support/harness/install-package.ts";
import { environmentIn, type Operations } from "../cli-stack.ts";
import { tryConsumers, writesOf } from "../try-consumers.ts";
import { type Place, pluginConsumersTable } from "./plugin-consumers.ts";

let installation: Installation;

beforeAll(async () => {
  const log = (line: string) => console.log(line);
  installation = await installPackage(await ensureEngine(log), log);
});

afterAll(() => removeInstallation(installation));

tryConsumers(
  pluginConsumersTable,
  async (consumer, root, fake) => {
    await live(await consumer.prepare(await placeIn(root, fake)), fake);
    return "works";
  },
  async (day) => `Made on ${day}.`,
);

/** A connection's life: created, unchanged, seen to have drifted, repaired, deleted. */
async function live({ up, preview, destroy }: Operations, fake: FakeDatadog): Promise<void> {
  const created = await up();
  expect(created).toMatchObject({
    code: 0,
    output: expect.stringMatching(/["']sink["']: ?["']Hub["']/),
  });
  expect(await preview("--expect-no-changes")).toMatchObject({ code: 0 });
  expect(await preview("--expect-no-changes", "--refresh")).toMatchObject({ code: 0 });

  const [connection] = fake.connections;
  fake.setTypes(connection?.id ?? "", ["metrics"]);
  const drift = await preview("--expect-no-changes", "--refresh");
  expect(drift.code).not.toBe(0);
  expect(drift.output).toContain("no changes were expected");

  expect(await up("--refresh")).toMatchObject({ code: 0 });
  expect(fake.connections).toMatchObject([{ types: ["logs"] }]);

  expect(await destroy()).toMatchObject({ code: 0 });
  expect(fake.connections).toEqual([]);
  expect(writesOf(fake)).toEqual(["POST", "PATCH", "DELETE"]);
}

/** An empty folder, and an environment whose PATH has the plugin of the installed package. */
async function placeIn(root: string, fake: FakeDatadog): Promise<Place> {
  const { engine, project } = installation;
  const folder = join(root, "program");
  await mkdir(folder);
  const environment = await environmentIn(root, installation, fake);
  const modules = join(project, "node_modules");
  const PATH = [join(modules, ".bin"), environment["PATH"]].join(delimiter);
  const schema = join(modules, "pulumi-datadog-org-connections/dist/plugin/schema.json");
  return { folder, engine, schema, env: { ...environment, PATH } };
}
