import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { format, putBetweenMarks } from "../../repository/generated.ts";
import { ensureEngine } from "../../support/engine/engine.ts";
import { type FakeDatadog, startFakeDatadog } from "../../support/fake-datadog/index.ts";
import { environmentOf, stackEnvironment } from "../../support/harness/environment.ts";
import {
  type Installation,
  installPackage,
  removeInstallation,
} from "../../support/harness/install-package.ts";
import type { Operations } from "./plugin-consumer.ts";
import { pluginConsumers } from "./plugin-consumers.ts";
import { cellsOf, tableOf } from "./report.ts";

const documentation = "docs/consumers.md";
const works = new Set<number>();
let installation: Installation;

beforeAll(async () => {
  const log = (line: string) => console.log(line);
  installation = await installPackage(await ensureEngine(log), log);
});

afterAll(async () => {
  await removeInstallation(installation);
  const table = tableOf(pluginConsumers, (index) => (works.has(index) ? "works" : "failed"));
  console.log(`\n${table}\n`);
  if (works.size < pluginConsumers.length) return;
  const day = new Date().toISOString().slice(0, 10);
  await putBetweenMarks(documentation, "plugin consumers", `${table}\n\nMade on ${day}.`);
  await format([documentation]);
});

for (const [index, consumer] of pluginConsumers.entries()) {
  it.concurrent(cellsOf(consumer).filter(Boolean).join(", "), async () => {
    const root = await mkdtemp(join(tmpdir(), "plugin-consumer-"));
    const fake = await startFakeDatadog();
    try {
      const place = await placeIn(root, fake);
      await live(await consumer.prepare(place), fake);
      works.add(index);
    } finally {
      await fake.close();
      await rm(root, { recursive: true, force: true });
    }
  });
}

/** A connection's life: created, unchanged, seen to have drifted, deleted. */
async function live({ up, preview, destroy }: Operations, fake: FakeDatadog): Promise<void> {
  const created = await up();
  expect(created).toMatchObject({
    code: 0,
    output: expect.stringMatching(/["']sink["']: ["']Hub["']/),
  });
  expect(await preview()).toMatchObject({ code: 0 });
  expect(await preview("--refresh")).toMatchObject({ code: 0 });

  const [connection] = fake.connections;
  fake.setTypes(connection?.id ?? "", ["metrics"]);
  const drift = await preview("--refresh");
  expect(drift.code).not.toBe(0);
  expect(drift.output).toContain("no changes were expected");

  expect(await destroy()).toMatchObject({ code: 0 });
  expect(fake.connections).toEqual([]);
  const writes = fake.requests.map(({ method }) => method).filter((method) => method !== "GET");
  expect(writes).toEqual(["POST", "DELETE"]);
}

/** An empty folder, and an environment whose PATH has the plugin of the installed package. */
async function placeIn(root: string, fake: FakeDatadog) {
  const { engine, project, nodeDirectory } = installation;
  const [home, backend, folder] = [
    join(root, "home"),
    join(root, "backend"),
    join(root, "program"),
  ];
  for (const made of [home, backend, folder]) await mkdir(made);
  const environment = stackEnvironment({ engine, nodeDirectory }, { home, backend });
  const plugin = join(project, "node_modules/.bin");
  const env = {
    ...environment,
    ...environmentOf(fake),
    PATH: [plugin, environment["PATH"]].join(delimiter),
  };
  const schema = join(
    project,
    "node_modules/pulumi-datadog-org-connections/dist/plugin/schema.json",
  );
  return { folder, engine, schema, env };
}
