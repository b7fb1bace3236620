import { describe, expect, it } from "vitest";
import { type FakeDatadog, orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import type { OperationResult } from "../support/harness/stack-options.ts";
import { type Declared, newStack, programOf } from "./fixture.ts";

const running = useFakeDatadog();

const sinkOrgId = orgs.hub.id;
const declared = { hub: { sinkOrgId, connectionTypes: ["logs"] } };
const own = "datadog-org-connections";

/** A failure as a user may see it: its message, no stack, no key. */
function expectFailure({ code, output }: OperationResult, message: string): void {
  expect(code).toBe(1);
  expect(output).toContain(message);
  expect(output).not.toMatch(/^\s+at .*:\d+/m);
  expect(output).not.toContain("undefined");
  expect(output).not.toContain(orgs.payments.apiKey);
  expect(output).not.toContain(orgs.payments.appKey);
}

describe("bad input fails in the preview, and nothing is sent:", () => {
  const sinkHint = "Set it to the receiving org's UUID.";
  const typesHint =
    'Set it to a list of at least one connection type, such as "audit", "logs", "metrics".';

  it.each<[string, Declared[string], string, string]>([
    ["no sink", { connectionTypes: ["logs"] }, "sinkOrgId", `it is missing. ${sinkHint}`],
    [
      "a sink that isn't a UUID",
      { sinkOrgId: "hub", connectionTypes: ["logs"] },
      "sinkOrgId",
      `"hub" isn't a UUID. ${sinkHint}`,
    ],
    ["no types", { sinkOrgId }, "connectionTypes", `it is missing. ${typesHint}`],
    [
      "types that are no list",
      { sinkOrgId, connectionTypes: "logs" },
      "connectionTypes",
      `"logs" isn't a list. ${typesHint}`,
    ],
    [
      "an empty list",
      { sinkOrgId, connectionTypes: [] },
      "connectionTypes",
      `[] is an empty list. ${typesHint}`,
    ],
    [
      "an empty type",
      { sinkOrgId, connectionTypes: [""] },
      "connectionTypes",
      `"" isn't a connection type. ${typesHint}`,
    ],
  ])("%s", async (_what, args, property, reason) => {
    const fake = running();
    const stack = await newStack(fake, programOf({ bad: args }));
    const result = await stack.preview();
    expectFailure(result, `resource 'bad': property ${property} value`);
    expectFailure(result, reason);
    expect(fake.requestLines).toEqual([]);
  });

  it.each<[string, Record<string, string>, string]>([
    [
      "no credentials",
      { DD_API_KEY: "", DD_APP_KEY: "" },
      "Missing Datadog credentials: neither a pair of keys nor a bearer token is set. Set an API key (",
    ],
    [
      "no application key",
      { DD_APP_KEY: "" },
      "Missing Datadog credentials: DD_API_KEY is set, but the application key isn't.",
    ],
    [
      "a key with a line break",
      { DD_APP_KEY: "a\nb" },
      "Invalid configuration: DD_APP_KEY contains a space, a line break",
    ],
    [
      "an unknown site",
      { DD_HOST: "", DD_SITE: "datadoghq.co" },
      'Invalid configuration: DD_SITE is "datadoghq.co", which isn\'t a known Datadog site. Known sites: datadoghq.com,',
    ],
    [
      "an address that isn't https",
      { DD_HOST: "http://datadog.example" },
      'Invalid configuration: DD_HOST is "http://datadog.example", but it must begin with https://',
    ],
  ])("%s", async (_what, env, message) => {
    const fake = running();
    const stack = await newStack(fake, programOf(declared));
    expectFailure(await stack.preview({ env }), message);
    expect(fake.requestLines).toEqual([]);
  });

  it("a setting out of range", async () => {
    const config = { [`${own}:timeoutSeconds`]: "0" };
    const stack = await newStack(running(), programOf(declared), { config });
    expectFailure(
      await stack.preview(),
      `Invalid configuration: ${own}:timeoutSeconds is "0". Set it to a whole number from 1 to 600.`,
    );
  });
});

describe("what Datadog refuses is told with the remedy:", () => {
  const doing = `Cannot create the org connection to ${sinkOrgId}`;
  const pair = `connection between orgs ${orgs.payments.id} and ${sinkOrgId}`;

  it.each<[string, (fake: FakeDatadog) => void, string]>([
    [
      "a pair that is connected",
      (fake) => fake.connect({ source: orgs.payments, sink: orgs.hub, types: ["logs"] }),
      `${doing}: Datadog answered 409 Conflict ("${pair} already exists"). A pair of orgs can have only one connection`,
    ],
    [
      "unknown keys",
      (fake) => fake.revoke(orgs.payments.apiKey),
      `${doing}: Datadog answered 401 Unauthorized ("Unauthorized"). Check the keys`,
    ],
    [
      "a key without permission",
      (fake) => fake.revoke(orgs.payments.appKey),
      `${doing}: Datadog answered 403 Forbidden ("Forbidden"). The application key or token needs the org_connections_write permission.`,
    ],
    [
      "a service that is down",
      (fake) => fake.fault({ kind: "status", status: 503, times: 9 }),
      `${doing}: Datadog answered 503 Service Unavailable. It isn't known whether the connection was created.`,
    ],
  ])("%s", async (_what, prepare, message) => {
    const fake = running();
    prepare(fake);
    const stack = await newStack(fake, programOf(declared));
    expectFailure(await stack.up(), message);
    expect(fake.requestLines.filter((line) => line.startsWith("POST"))).toHaveLength(1);
  });

  it("a sink that Datadog doesn't know", async () => {
    const nowhere = "11111111-2222-4333-8444-555555555555";
    const bad = { sinkOrgId: nowhere, connectionTypes: ["logs"] };
    const stack = await newStack(running(), programOf({ bad }));
    expectFailure(
      await stack.up(),
      `Cannot create the org connection to ${nowhere}: Datadog answered 404 Not Found ("Not found"). Datadog can't find the sink org`,
    );
  });

  it("no service at the address", async () => {
    const stack = await newStack(running(), programOf(declared));
    expectFailure(
      await stack.up({ env: { DD_HOST: "http://127.0.0.1:1" } }),
      `${doing}: http://127.0.0.1:1 can't be reached: connect ECONNREFUSED 127.0.0.1:1.`,
    );
  });

  it("unknown keys on refresh and destroy, where the engine's host prints errors itself", async () => {
    const fake = running();
    const stack = await newStack(fake, programOf(declared));
    await stack.up();
    const { id } = fake.connections[0] ?? { id: "" };
    const remedy = "Refresh and destroy use the configuration that the last `pulumi up` recorded";
    fake.revoke(orgs.payments.apiKey);
    for (const [operation, doing] of [
      ["refresh", "read"],
      ["destroy", "delete"],
    ] as const) {
      const result = await stack[operation]();
      expectFailure(
        result,
        `Cannot ${doing} the org connection ${id}: Datadog answered 401 Unauthorized`,
      );
      expectFailure(result, remedy);
    }
    expect(fake.connections).toHaveLength(1);
  });
});
