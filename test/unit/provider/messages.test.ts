import { inspect } from "node:util";
import { beforeEach, describe, expect, it } from "vitest";
import { type FakeDatadog, orgs } from "../../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../../support/fake-datadog/vitest.ts";
import { InstantClock } from "../clock.ts";
import { configOf, messageOf, namespace, newProvider } from "../fixture.ts";

const running = useFakeDatadog();
let fake: FakeDatadog;
let id: string;

const sinkOrgId = orgs.hub.id;
const inputs = { sinkOrgId, connectionTypes: ["logs"] };

beforeEach(() => {
  fake = running();
  const createdAt = "2025-08-26T20:19:38.208326+00:00";
  id = fake.connect({ source: orgs.payments, sink: orgs.hub, types: ["logs"], createdAt }).id;
});

function provider(changes: Record<string, string> = {}) {
  return newProvider({ ...configOf(fake), [`${namespace}:maxRetries`]: "0", ...changes });
}

const operations = {
  create: (changes = {}) => provider(changes).create(inputs),
  read: (changes = {}) => provider(changes).read(id, inputs),
  update: (changes = {}) =>
    provider(changes).update(id, inputs, { ...inputs, connectionTypes: ["audit"] }),
  delete: (changes = {}) => provider(changes).delete(id),
};

type Operation = keyof typeof operations;

const recorded =
  "Refresh and destroy use the configuration that the last `pulumi up` recorded: if the keys have " +
  "changed since then, run `pulumi up` first, add `--run-program`, or set the keys in the environment.";
const unknownOutcome =
  "It isn't known whether the connection was created. If the next `pulumi up` says that the orgs " +
  "are already connected, it was: set `adoptExisting: true` to take it over.";
const needs = (permission: string) =>
  `The application key or token needs the ${permission} permission.`;

const doing = (operation: Operation) =>
  operation === "create"
    ? `Cannot create the org connection to ${sinkOrgId}`
    : `Cannot ${operation} the org connection ${id}`;

describe("the message says what was done, what came back and what to do", () => {
  it.each<[Operation, string]>([
    ["create", "Check the keys, and that they belong to this site."],
    ["read", `Check the keys, and that they belong to this site. ${recorded}`],
    ["update", "Check the keys, and that they belong to this site."],
    ["delete", `Check the keys, and that they belong to this site. ${recorded}`],
  ])("%s with keys that Datadog doesn't know", async (operation, remedy) => {
    const call = operations[operation]({ [`${namespace}:apiKey`]: "unknown" });
    expect(await messageOf(call)).toBe(
      `${doing(operation)}: Datadog answered 401 Unauthorized ("Unauthorized"). ${remedy}`,
    );
  });

  it.each<[Operation, "read" | "none", string]>([
    ["create", "read", needs("org_connections_write")],
    ["read", "none", `${needs("org_connections_read")} ${recorded}`],
    ["update", "read", needs("org_connections_write")],
    ["delete", "read", `${needs("org_connections_write")} ${recorded}`],
  ])("%s with keys of too few permissions", async (operation, access, remedy) => {
    const few = { apiKey: "few-api", appKey: "few-app" };
    fake.addCredentials(orgs.payments, few, access);
    const call = operations[operation]({
      [`${namespace}:apiKey`]: "few-api",
      [`${namespace}:appKey`]: "few-app",
    });
    expect(await messageOf(call)).toBe(
      `${doing(operation)}: Datadog answered 403 Forbidden ("Forbidden"). ${remedy}`,
    );
  });

  it("create of a pair that is connected", async () => {
    expect(await messageOf(operations.create())).toBe(
      `${doing("create")}: Datadog answered 409 Conflict ("connection between orgs ${orgs.payments.id} ` +
        `and ${sinkOrgId} already exists"). A pair of orgs can have only one connection; the existing one ` +
        `has the id ${id}. To manage it, set \`adoptExisting: true\` in its arguments, or the option ` +
        `\`{ import: "${id}" }\`. If this resource manages it already and is being replaced (\`--replace\`, ` +
        "`pulumi state taint`), set the option `deleteBeforeReplace: true`. If a resource was renamed, " +
        "the option `aliases` keeps its connection.",
    );
  });

  it("create with a sink that Datadog doesn't know", async () => {
    const nowhere = "11111111-2222-4333-8444-555555555555";
    const call = provider().create({ ...inputs, sinkOrgId: nowhere });
    expect(await messageOf(call)).toBe(
      `Cannot create the org connection to ${nowhere}: Datadog answered 404 Not Found ("Not found"). ` +
        "Datadog can't find the sink org: check sinkOrgId, and that both orgs are on this site.",
    );
  });

  it("create that Datadog doesn't allow", async () => {
    fake.remove(id);
    const call = provider().create({ ...inputs, connectionTypes: ["logs", "logs"] });
    expect(await messageOf(call)).toBe(
      `${doing("create")}: Datadog answered 400 Bad Request ("connection between orgs ${orgs.payments.id} ` +
        `and ${sinkOrgId} is not allowed"). Check the connection types, that the sink and the source are ` +
        "different orgs, and that the org hasn't reached Datadog's limit on connections.",
    );
  });

  it("update that Datadog doesn't allow", async () => {
    const call = provider().update(id, inputs, { ...inputs, connectionTypes: ["audit", "audit"] });
    expect(await messageOf(call)).toBe(
      `${doing("update")}: Datadog answered 400 Bad Request ("Validation failed for input."). ` +
        "Check the connection types.",
    );
  });

  it("update of a connection that is gone", async () => {
    fake.remove(id);
    expect(await messageOf(operations.update())).toBe(
      `${doing("update")}: Datadog answered 404 Not Found ("Org connection with id:${id} not found not found"). ` +
        "The connection no longer exists, or the keys belong to another org. Run `pulumi refresh`: if " +
        "it no longer exists, the next `pulumi up` creates it again.",
    );
  });

  it("delete with an id that isn't a UUID", async () => {
    expect(await messageOf(provider().delete("7"))).toBe(
      'Cannot delete the org connection 7: Datadog answered 400 Bad Request ("connection id must be a valid uuid"). ' +
        "Check the id of the resource in the state.",
    );
  });

  it.each<[Operation, string]>([
    ["create", `${unknownOutcome} Try again later.`],
    ["read", "Try again later."],
  ])("%s through a gateway that is down", async (operation, remedy) => {
    if (operation === "create") fake.remove(id);
    fake.fault({ kind: "status", status: 502, body: "<html>Bad Gateway</html>" });
    expect(await messageOf(operations[operation]())).toBe(
      `${doing(operation)}: Datadog answered 502 Bad Gateway. ${remedy}`,
    );
  });

  it("too many requests", async () => {
    fake.fault({
      kind: "status",
      status: 429,
      body: '{"errors":["Too many requests"]}',
      times: 99,
    });
    const call = newProvider(configOf(fake), { clock: new InstantClock() }).create(inputs);
    expect(await messageOf(call)).toBe(
      `${doing("create")}: Datadog answered 429 Too Many Requests ("Too many requests"). ` +
        "Try again later, or with a lower `--parallel`.",
    );
  });

  it("no service at the address", async () => {
    const call = operations.read({ [`${namespace}:apiUrl`]: "http://127.0.0.1:1" });
    expect(await messageOf(call)).toBe(
      `${doing("read")}: http://127.0.0.1:1 can't be reached: connect ECONNREFUSED 127.0.0.1:1. ` +
        "Check the network, the site or apiUrl, and HTTPS_PROXY.",
    );
  });

  it("no answer in time", async () => {
    fake.fault({ kind: "hangBefore" });
    fake.remove(id);
    const call = operations.create({ [`${namespace}:timeoutSeconds`]: "1" });
    expect(await messageOf(call)).toBe(
      `${doing("create")}: ${fake.url} didn't respond within 1 s. ${unknownOutcome} ` +
        "Check the network, or set a longer timeoutSeconds.",
    );
  });

  it("an answer of another shape", async () => {
    fake.fault({ kind: "wrongShape", json: { data: [{ type: "org_connection", id: 7 }] } });
    expect(await messageOf(operations.read())).toMatch(
      /^Cannot read .*: Datadog's answer isn't what its API reference describes \(data\.0\.id: .*\)\. Check/,
    );
  });

  it("control characters and great lengths of the service's own words stay out", async () => {
    const body = JSON.stringify({ errors: [`\u001b[31mred\n${"x".repeat(9999)}`] });
    fake.fault({ kind: "status", status: 400, body });
    const message = await messageOf(operations.create());
    expect(message).toContain('(" [31mred xxx');
    expect(message.length).toBeLessThan(1000);
  });

  it("missing credentials, and sends nothing", async () => {
    const lacking = newProvider({ [`${namespace}:apiUrl`]: fake.url });
    expect(await messageOf(lacking.read(id))).toContain("Missing Datadog credentials: ");
    expect(await messageOf(lacking.create(inputs))).toContain("Missing Datadog credentials: ");
    expect(fake.requests).toEqual([]);
  });
});

describe("no error shows", () => {
  it("a key that the service repeats", async () => {
    const { apiKey, appKey } = orgs.payments;
    const body = JSON.stringify({ errors: [`bad key ${apiKey}, ${appKey}`] });
    fake.fault({ kind: "status", status: 400, body });
    const error: unknown = await operations.create().catch((caught: unknown) => caught);
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(apiKey);
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(appKey);
    expect(error).toHaveProperty(
      "message",
      expect.stringContaining("bad key [redacted], [redacted]"),
    );
  });
});
