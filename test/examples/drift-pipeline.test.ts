import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { beforeEach, expect, inject, it } from "vitest";
import { profileKeys, textBelow } from "../end-to-end/fixture.ts";
import { runCommand } from "../support/engine/run-command.ts";
import { type FakeDatadog, orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import { stackEnvironment } from "../support/harness/environment.ts";
import type { Stack } from "../support/harness/stack.ts";
import { expectNoKeys, idOf, newExample, takeRequests } from "./fixture.ts";

const datadog = useFakeDatadog();
let fake: FakeDatadog;
let stack: Stack;

/** The keys of the detection: one pair, of the hub, that can't write. */
const reading = { apiKey: "reading-api-key", appKey: "reading-app-key" };
const keysThatRead = { DD_READ_PROFILE: "hub", ...profileKeys({ hub: reading }) };
/** The keys of the repair. */
const keysThatWrite = profileKeys({ payments: orgs.payments, shop: orgs.shop });

beforeEach(async () => {
  fake = datadog();
  fake.addCredentials(orgs.hub, reading, "read");
  const sources = { "sources.payments[0]": "logs", "sources.shop[0]": "metrics" };
  const config = { hubOrgId: orgs.hub.id, ...sources };
  stack = await newExample("drift-pipeline", { DD_HOST: fake.url }, config);
  expect(await stack.up({ env: keysThatWrite })).toMatchObject({ code: 0, changes: { create: 3 } });
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

const reads = ["Hub: GET current_user 200", "Hub: GET list 200"];

it("reports no drift with one list of the hub, and writes nothing", async () => {
  const state = await textBelow(stack.stateDirectory);
  const { code, stdout, report } = await detect();
  expect({ code, stdout }).toEqual({ code: 0, stdout: "false\n" });
  expect(report).toMatch(/^## No drift: test\n/);
  expect(takeRequests(fake)).toEqual(reads);
  expect((await textBelow(stack.stateDirectory)) === state, "the state is as it was").toBe(true);
});

it("reports drift with its diff and writes nothing, until the job repair undoes it", async () => {
  const ofPayments = idOf(fake, orgs.payments, orgs.hub);
  fake.setTypes(ofPayments, ["audit"]);
  fake.remove(idOf(fake, orgs.shop, orgs.hub));
  const state = await textBelow(stack.stateDirectory);
  const found = await detect();
  expect(found).toMatchObject({ code: 0, stdout: "true\n" });
  expect(found.report).toMatch(/^## Drift: test\n/);
  expect(found.report).toContain('"logs" => "audit"');
  // The second list looks once more for the connection that is gone.
  expect(takeRequests(fake)).toEqual([...reads, "Hub: GET list 200"]);
  expect((await textBelow(stack.stateDirectory)) === state, "the state is as it was").toBe(true);
  await expectNoKeys(fake, stack, found);

  expect(await stack.up({ refresh: true, env: keysThatWrite })).toMatchObject({ code: 0 });
  expect(takeRequests(fake).filter((request) => !request.includes(": GET "))).toEqual([
    "Payments: PATCH 200",
    "Shop: POST 200",
  ]);
  expect(await detect()).toMatchObject({ code: 0, stdout: "false\n" });
});

it("fails if Pulumi fails, and prints neither true nor false", async () => {
  fake.revoke(reading.apiKey);
  const { code, stdout, output, report } = await detect();
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(report).toContain("## Drift detection failed with exit code 1: test\n");
  expect(report).toContain('through readProfile "hub": Datadog answered 403 Forbidden');
  expect(output + report).not.toContain(reading.appKey);
});

it("the keys of the detection cannot repair", async () => {
  fake.setTypes(idOf(fake, orgs.payments, orgs.hub), ["audit"]);
  const { code, output } = await stack.up({ refresh: true, env: keysThatRead });
  expect(code).toBe(1);
  expect(output).toMatch(/there is no credential profile "(payments|shop)"/);
  expect(fake.connections).toContainEqual(expect.objectContaining({ types: ["audit"] }));
});
