import { inspect } from "node:util";
import { beforeEach, describe, expect, it } from "vitest";
import { OrgConnectionsClient } from "../../../provider/api/client.ts";
import { Transport } from "../../../provider/api/transport.ts";
import { Org } from "../../../provider/org.ts";
import { type FakeDatadog, orgs } from "../../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../../support/fake-datadog/vitest.ts";
import { configOf, newProvider } from "../fixture.ts";

const running = useFakeDatadog();
let fake: FakeDatadog;
const { apiKey, appKey } = orgs.payments;
const bearerToken = "ddsat_0123456789abcdef";

beforeEach(() => {
  fake = running();
  fake.addCredentials(orgs.payments, { token: bearerToken });
});

/** Everything that a log, a debugger or a crash report could show of a value. */
function expectNone(secrets: readonly string[], value: unknown): void {
  const shown = [
    inspect(value, { showHidden: true, depth: Number.POSITIVE_INFINITY }),
    JSON.stringify(value),
    String(value),
  ].join("\n");
  for (const secret of secrets) expect(shown).not.toContain(secret);
}

describe.each([
  { what: "a pair of keys", credentials: { apiKey, appKey } },
  { what: "a token", credentials: { bearerToken } },
])("$what", ({ credentials }) => {
  const secrets = Object.values(credentials);
  const endpoint = () => ({ baseUrl: fake.url, credentials, timeoutSeconds: 0.2 });
  const client = () => new OrgConnectionsClient({ ...endpoint(), maxRetries: 0 });

  it("is not shown by what holds it", async () => {
    const transport = new Transport(endpoint());
    await transport.send("GET", "/api/v2/org_connections");
    const used = client();
    const org = new Org(used, { orgId: undefined, profile: undefined });
    await org.byId("none");
    for (const holder of [transport, used, org]) expectNone(secrets, holder);
  });

  it.each<Parameters<FakeDatadog["fault"]>[0]>([
    { kind: "status", status: 401, body: JSON.stringify({ errors: secrets }) },
    { kind: "status", status: 500, body: secrets.join(" ") },
    { kind: "redirect", location: `http://127.0.0.1:1/${secrets[0]}` },
    { kind: "resetBefore" },
    { kind: "hangBefore" },
    { kind: "truncatedJson" },
    { kind: "wrongShape", json: { data: secrets } },
  ])("is not shown by the error after $kind $status", async (fault) => {
    fake.fault(fault);
    const error: unknown = await client()
      .list()
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(Error);
    expectNone(secrets, error);
  });
});

it("keys are not shown by the provider of a program", async () => {
  const provider = newProvider(configOf(fake));
  await provider.create({ sinkOrgId: orgs.hub.id, connectionTypes: ["logs"] });
  expectNone([apiKey, appKey], provider);
});

it("credentials in an address are not shown where the service repeats one", async () => {
  fake.fault({
    kind: "status",
    status: 400,
    body: '{"errors":["no http://me:p@ss@proxy.example"]}',
  });
  const options = { baseUrl: fake.url, credentials: { apiKey, appKey }, timeoutSeconds: 5 };
  const error: unknown = await new OrgConnectionsClient({ ...options, maxRetries: 0 })
    .list()
    .catch((caught) => caught);
  expect(String(error)).toContain("no http://[redacted]@proxy.example");
});

it("no part of a key is shown where a long answer is cut", async () => {
  fake.fault({
    kind: "status",
    status: 403,
    body: JSON.stringify({ errors: ["x".repeat(490) + apiKey] }),
  });
  const credentials = { apiKey, appKey };
  const options = { baseUrl: fake.url, credentials, timeoutSeconds: 5, maxRetries: 0 };
  const error: unknown = await new OrgConnectionsClient(options).list().catch((caught) => caught);
  expect(String(error)).toContain("xxx");
  expectNone([apiKey.slice(0, 5)], error);
});
