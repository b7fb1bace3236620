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
    await used.list();
    const org = new Org({ ...endpoint(), maxRetries: 0, orgId: undefined }, undefined);
    await org.list();
    for (const holder of [transport, used, org]) expectNone(secrets, holder);
  });

  it.each<Parameters<FakeDatadog["fault"]>[0]>([
    { kind: "status", status: 401, body: JSON.stringify({ errors: secrets }) },
    { kind: "status", status: 500, body: secrets.join(" ") },
    { kind: "redirect", location: `http://127.0.0.1:1/${secrets[0]}` },
    { kind: "resetBefore" },
    { kind: "hangBefore" },
    { kind: "truncatedJson" },
    { kind: "wrongShape", json: { data: secrets[0] } },
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

describe("a key that the service repeats is redacted", () => {
  /** One is a part of the other, and begins like an escape sequence of JSON. */
  const credentials = { apiKey: "n0123456", appKey: 'n0123456/"\\$' };

  /** What is left of the body of a success. */
  async function received(body: string): Promise<string> {
    const headers = { "content-type": "application/json" };
    fake.fault({ kind: "status", status: 200, body, headers });
    const endpoint = { baseUrl: fake.url, credentials, timeoutSeconds: 5 };
    return new Transport(endpoint).send("GET", "/api/v2/org_connections");
  }

  it.each<[string, string, unknown]>([
    ["in a name", '{"name":"x n0123456 y"}', { name: "x [redacted] y" }],
    [
      "in each place",
      '{"a":["n0123456",{"id":"n0123456"}],"b":"n0123456n0123456"}',
      {
        a: ["[redacted]", { id: "[redacted]" }],
        b: "[redacted][redacted]",
      },
    ],
    ["in another case", '{"id":"N0123456"}', { id: "[redacted]" }],
    ["escaped", '{"id":"\\u006e0123456"}', { id: "[redacted]" }],
    [
      "escaped, with what JSON must escape",
      '{"id":"n0123456\\/\\"\\\\\\u0024"}',
      { id: "[redacted]" },
    ],
    ["that contains the other one", '{"id":"n0123456/\\"\\\\$"}', { id: "[redacted]" }],
    ["as the whole answer", '"n0123456"', "[redacted]"],
    [
      "after a line break, which stays valid JSON",
      '{"id":"\\n0123456 n0123456"}',
      {
        id: "\n0123456 [redacted]",
      },
    ],
  ])("%s", async (_what, body, expected) => {
    expect(JSON.parse(await received(body))).toEqual(expected);
  });

  it("in text that isn't JSON", async () => {
    expect(await received("It is \\n0123456")).toBe("It is [redacted]");
  });

  it("in the message of a refusal, but a short one, which may be part of a word, isn't", async () => {
    fake.fault({ kind: "status", status: 400, body: '{"errors":["12345678 and 1234567"]}' });
    const short = { apiKey: "12345678", appKey: "1234567" };
    const options = { baseUrl: fake.url, credentials: short, timeoutSeconds: 5 };
    await expect(new Transport(options).send("GET", "/")).rejects.toThrow(
      '("[redacted] and 1234567")',
    );
  });

  it("but nothing else of an answer changes", async () => {
    const body = '{ "id": 1.0, "name": "n012345" }';
    expect(await received(body)).toBe(body);
  });
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
