import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, inject, it } from "vitest";
import {
  connectionsIn,
  expectNoKeys,
  idTo,
  profileKeys,
  takeRequests,
  takeWrites,
  textBelow,
} from "../end-to-end/fixture.ts";
import { runCommand } from "../support/engine/run-command.ts";
import { type FakeDatadog, orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import { stackEnvironment } from "../support/harness/environment.ts";
import type { Stack } from "../support/harness/stack.ts";
import { newExample } from "./fixture.ts";

const datadog = useFakeDatadog();
const { hub, payments, shop } = orgs;

/** The keys of the detection: one pair, of the hub, that can't write. */
const reading = { apiKey: "reading-api-key", appKey: "reading-app-key" };
const keysThatRead = { DD_READ_PROFILE: "hub", ...profileKeys({ hub: reading }) };
/** The keys of the repair. */
const keysThatWrite = profileKeys({ payments, shop });

/** Runs `detect.sh`; the report is that of `drift.md`, and of GitHub's job summary. */
async function detect(fake: FakeDatadog, stack: Stack) {
  const [backend, cwd] = [stack.stateDirectory, stack.workDirectory];
  const summary = join(dirname(backend), "summary.md");
  const home = join(dirname(backend), "home");
  const state = await textBelow(backend);
  const { code, stdout, output } = await runCommand("bash", ["pipeline/detect.sh"], {
    cwd,
    env: {
      ...stackEnvironment(inject("installation"), { home, backend }),
      ...keysThatRead,
      DD_HOST: fake.url,
      STACK: stack.name,
      GITHUB_STEP_SUMMARY: summary,
    },
  });
  expect((await textBelow(backend)) === state, "the state is as it was").toBe(true);
  const report = await readFile(join(cwd, "drift.md"), "utf8");
  expect((await readFile(summary, "utf8")).endsWith(report)).toBe(true);
  return { code, stdout, output, report, requests: takeRequests(fake) };
}

it("drift-pipeline reports drift with keys that only read, until the job repair undoes it", async () => {
  const fake = datadog();
  fake.addCredentials(hub, reading, "read");
  const sources = { "sources.payments[0]": "logs", "sources.shop[0]": "metrics" };
  const stack = await newExample(fake, "drift-pipeline", { hubOrgId: hub.id, ...sources }, {});
  expect(await stack.up({ env: keysThatWrite })).toMatchObject({ code: 0, changes: { create: 3 } });
  fake.clearRequests();

  const none = await detect(fake, stack);
  const reads = ["Hub: GET current_user 200", "Hub: GET list 200"];
  expect(none).toMatchObject({ code: 0, stdout: "false\n", requests: reads });
  expect(none.report).toMatch(/^## No drift: test\n/);

  fake.setTypes(idTo(fake, hub), ["audit"]);
  fake.remove(idTo(fake, hub, shop));
  const found = await detect(fake, stack);
  // The second list looks once more for the connection that is gone.
  const requests = [...reads, "Hub: GET list of source and sink 200"];
  expect(found).toMatchObject({ code: 0, stdout: "true\n", requests });
  expect(found.report).toMatch(/^## Drift: test\n/);
  expect(found.report).toContain('"logs" => "audit"');
  await expectNoKeys(fake, stack, found);

  const refused = await stack.up({ refresh: true, env: keysThatRead });
  expect(refused.code).toBe(1);
  expect(refused.output).toMatch(/there is no credential profile "(payments|shop)"/);
  expect(takeWrites(fake)).toEqual([]);
  expect(await stack.up({ refresh: true, env: keysThatWrite })).toMatchObject({ code: 0 });
  expect(takeWrites(fake)).toEqual(["Payments: PATCH 200", "Shop: POST 200"]);
  expect(connectionsIn(fake)).toEqual(["Payments to Hub: logs", "Shop to Hub: metrics"]);
  expect(await detect(fake, stack)).toMatchObject({ code: 0, stdout: "false\n" });

  fake.revoke(reading.apiKey);
  const failed = await detect(fake, stack);
  expect(failed).toMatchObject({ code: 1, stdout: "" });
  expect(failed.report).toContain("## Drift detection failed with exit code 1: test\n");
  expect(failed.report).toContain('through readProfile "hub": Datadog answered 403 Forbidden');
  expect(failed.output + failed.report).not.toContain(reading.appKey);
});
