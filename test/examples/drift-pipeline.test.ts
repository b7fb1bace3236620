import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { beforeEach, expect, inject, it } from "vitest";
import { environmentOf, textBelow } from "../end-to-end/fixture.ts";
import { runCommand } from "../support/engine/run-command.ts";
import { type FakeDatadog, orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import { stackEnvironment } from "../support/harness/environment.ts";
import type { Stack } from "../support/harness/stack.ts";
import { expectNoKeys, idOf, list, newExample, path, takeRequests } from "./fixture.ts";

const running = useFakeDatadog();
let fake: FakeDatadog;
let stack: Stack;

/** The keys of the detection, which has none that may write. */
const reading = { apiKey: "reading-api-key", appKey: "reading-app-key" };
const keysThatRead = { DD_API_KEY: reading.apiKey, DD_APP_KEY: reading.appKey };

beforeEach(async () => {
  fake = running();
  fake.addCredentials(orgs.payments, reading, "read");
  stack = await newExample("drift-pipeline", {
    env: environmentOf(fake),
    config: {
      "connections.hub.sinkOrgId": orgs.hub.id,
      "connections.hub.types[0]": "logs",
      "connections.data.sinkOrgId": orgs.data.id,
      "connections.data.types[0]": "metrics",
    },
  });
  expect(await stack.up()).toMatchObject({ code: 0, changes: { create: 3 } });
  fake.clearRequests();
});

/** Runs `detect.sh`; the report is that of `drift.md`, and of GitHub's job summary. */
async function detect() {
  const [backend, cwd] = [stack.stateDirectory, stack.workDirectory];
  const summary = join(dirname(backend), "summary.md");
  const { code, stdout, output } = await runCommand("bash", ["pipeline/detect.sh"], {
    cwd,
    env: {
      ...stackEnvironment(inject("installation"), {
        home: join(dirname(backend), "home"),
        backend,
      }),
      ...keysThatRead,
      DD_HOST: fake.url,
      STACK: stack.name,
      GITHUB_STEP_SUMMARY: summary,
    },
  });
  const report = await readFile(join(cwd, "drift.md"), "utf8");
  expect((await readFile(summary, "utf8")).endsWith(report)).toBe(true);
  return { code, stdout, output, report };
}

it("reports no drift with one request, and writes nothing", async () => {
  const state = await textBelow(stack.stateDirectory);
  const { code, stdout, report } = await detect();
  expect({ code, stdout }).toEqual({ code: 0, stdout: "false\n" });
  expect(report).toMatch(/^## No drift: test\n/);
  expect(takeRequests(fake)).toEqual([`Payments: GET ${list} 200`]);
  expect((await textBelow(stack.stateDirectory)) === state, "the state is as it was").toBe(true);
});

it("reports drift with its diff and writes nothing, until the job repair undoes it", async () => {
  const hub = idOf(fake, orgs.payments, orgs.hub);
  fake.setTypes(hub, ["audit"]);
  fake.remove(idOf(fake, orgs.payments, orgs.data));
  const isWrite = (request: string) => !request.startsWith("Payments: GET ");
  const state = await textBelow(stack.stateDirectory);
  const found = await detect();
  expect(found).toMatchObject({ code: 0, stdout: "true\n" });
  expect(found.report).toMatch(/^## Drift: test\n/);
  expect(found.report).toContain('"logs" => "audit"');
  expect(takeRequests(fake).filter(isWrite)).toEqual([]);
  expect((await textBelow(stack.stateDirectory)) === state, "the state is as it was").toBe(true);
  await expectNoKeys(fake, stack, found);

  expect(await stack.up({ refresh: true })).toMatchObject({ code: 0 });
  expect(takeRequests(fake).filter(isWrite)).toEqual([
    `Payments: PATCH ${path}/${hub} 200`,
    `Payments: POST ${path} 200`,
  ]);
  expect(await detect()).toMatchObject({ code: 0, stdout: "false\n" });
});

it("fails if it cannot tell, and prints neither true nor false", async () => {
  fake.revoke(reading.apiKey);
  const { code, stdout, output, report } = await detect();
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(report).toContain("## Drift detection failed with exit code 1: test\n");
  expect(report).toContain("Datadog answered 401 Unauthorized");
  expect(output + report).not.toContain(reading.appKey);
});

it("the keys of the detection cannot repair", async () => {
  fake.setTypes(idOf(fake, orgs.payments, orgs.hub), ["audit"]);
  const { code, output } = await stack.up({ refresh: true, env: keysThatRead });
  expect(code).toBe(1);
  expect(output).toContain("Datadog answered 403 Forbidden");
  expect(fake.connections).toContainEqual(expect.objectContaining({ types: ["audit"] }));
});
