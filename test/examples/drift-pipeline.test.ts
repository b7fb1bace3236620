import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { environmentOf, textBelow } from "../end-to-end/fixture.ts";
import { orgs } from "../fake-datadog/index.ts";
import { useFakeDatadog } from "../fake-datadog/vitest.ts";
import {
  githubActions,
  gitlabCi,
  keysThatRead,
  reading,
  type Surroundings,
} from "./drift-services.ts";
import { expectNoKeys, idOf, list, newExample, path, takeRequests } from "./fixture.ts";
import { IssueTracker } from "./issue-tracker.ts";

const running = useFakeDatadog();
let all: Surroundings;

beforeEach(async () => {
  const fake = running();
  fake.addCredentials(orgs.payments, reading, "read");
  const stack = await newExample("drift-pipeline", {
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
  all = { fake, stack, tracker: await IssueTracker.start() };
});

afterEach(() => all.tracker.close());

const oneRead = [`Payments: GET ${list} 200`];
const isWrite = (request: string) => !request.startsWith("Payments: GET ");

describe.each([
  { name: "GitHub Actions", service: githubActions },
  { name: "GitLab CI", service: gitlabCi },
])("the drift pipeline on $name", ({ service }) => {
  it("passes without drift, writes nothing and opens no issue", async () => {
    const { fake, stack, tracker } = all;
    const state = await textBelow(stack.stateDirectory);
    const { code, report } = await service.detect(all);
    expect([code, report]).toEqual([0, expect.stringMatching(/^## No drift: test\n/)]);
    expect(takeRequests(fake)).toEqual(oneRead);
    expect((await textBelow(stack.stateDirectory)) === state, "the state is as it was").toBe(true);
    expect(tracker.issues).toEqual([]);
  });

  // The repair's command runs as the Automation API's `up`: the plain CLI runs a program only with
  // Pulumi's own language host, which an engine that was built from source lacks.
  it("keeps one issue with the diff while there is drift, until it is repaired", async () => {
    const { fake, stack, tracker } = all;
    const hub = idOf(fake, orgs.payments, orgs.hub);
    fake.setTypes(hub, ["audit"]);
    const state = await textBelow(stack.stateDirectory);
    const first = await service.detect(all);
    expect([first.code, first.report]).toEqual([0, expect.stringMatching(/^## Drift: test\n/)]);
    expect(first.report).toContain('"logs" => "audit"');
    expect(tracker.issues).toMatchObject([
      { open: true, title: "Org connections drift: test", label: "drift: test" },
    ]);
    expect(tracker.issues[0]?.body).toContain(first.report);
    expect(tracker.issues[0]?.body).toMatch(/\[Detected here\]\(https:.*42\)/);

    fake.remove(idOf(fake, orgs.payments, orgs.data));
    const second = await service.detect(all);
    expect(second.code).toBe(0);
    expect(tracker.issues).toMatchObject([{ open: true }]);
    expect(tracker.issues[0]?.body).toContain(second.report);
    expect(tracker.issues[0]?.body).not.toContain(first.report);
    expect(takeRequests(fake).filter(isWrite)).toEqual([]);
    expect((await textBelow(stack.stateDirectory)) === state, "the state is as it was").toBe(true);
    await expectNoKeys(fake, stack, first, second, tracker.issues);

    const env = await service.repairEnvironment(all);
    expect(await stack.up({ refresh: true, env })).toMatchObject({ code: 0 });
    expect(takeRequests(fake).filter(isWrite)).toEqual([
      `Payments: PATCH ${path}/${hub} 200`,
      `Payments: POST ${path} 200`,
    ]);

    expect(await service.detect(all)).toMatchObject({ code: 0 });
    expect(tracker.issues).toMatchObject([
      { open: false, comments: [expect.stringMatching(/^\[No drift any more\]\(https:.*42\)\.$/)] },
    ]);
  });

  it("fails where drift can't be told, and leaves the issue as it is", async () => {
    const { fake, tracker } = all;
    fake.setTypes(idOf(fake, orgs.payments, orgs.hub), ["audit"]);
    await service.detect(all);
    const before = structuredClone(tracker.issues);
    fake.revoke(reading.apiKey);
    const { code, output, report } = await service.detect(all);
    expect(code).toBe(1);
    expect(report).toContain(`## Drift detection failed with exit code ${code}: test\n`);
    expect(report).toContain("Datadog answered 401 Unauthorized");
    expect(output + report).not.toContain(reading.appKey);
    expect(before).toMatchObject([{ open: true }]);
    expect(tracker.issues).toEqual(before);
  });
});

it("the keys of the detection can't repair", async () => {
  const { fake, stack } = all;
  fake.setTypes(idOf(fake, orgs.payments, orgs.hub), ["audit"]);
  const { code, output } = await stack.up({ refresh: true, env: keysThatRead });
  expect(code).toBe(1);
  expect(output).toContain("Datadog answered 403 Forbidden");
  expect(fake.connections).toContainEqual(expect.objectContaining({ types: ["audit"] }));
});
