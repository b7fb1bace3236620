import { beforeEach, describe, expect, it } from "vitest";
import { UserError, withUserErrors } from "../../provider/errors.ts";
import { type FakeDatadog, orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import { InstantClock } from "./clock.ts";
import {
  configOf,
  inputsTo,
  messageOf,
  namespace,
  newProvider,
  recordedAs,
  type Values,
} from "./fixture.ts";

const { hub, payments } = orgs;
const datadog = useFakeDatadog();
let fake: FakeDatadog;
let id: string;

const inputs = inputsTo(hub);
const recorded = recordedAs(hub);

beforeEach(() => {
  fake = datadog();
  id = fake.connect({ source: payments, sink: hub, types: ["logs"] }).id;
});

const provider = (changes: Values = {}) =>
  newProvider({ ...configOf(fake), [`${namespace}:maxRetries`]: "0", ...changes });

const operations = {
  create: (changes: Values = {}) => provider(changes).create(inputs),
  read: (changes: Values = {}) => provider(changes).read(id, recorded),
  update: (changes: Values = {}) =>
    provider(changes).update(id, recorded, { ...inputs, connectionTypes: ["audit"] }),
  delete: (changes: Values = {}) => provider(changes).delete(id, recorded),
};
type Operation = keyof typeof operations;
type Fault = Parameters<FakeDatadog["fault"]>[0];

const methods = { create: "POST", read: "GET", update: "PATCH", delete: "DELETE" } as const;
const doing = (operation: Operation) =>
  operation === "create"
    ? `Cannot create the org connection to ${hub.id}`
    : `Cannot ${operation} the org connection ${id}`;

const checkKeys = "Check the keys, and that they belong to this site.";
const recordedConfiguration =
  "Refresh and destroy use the configuration that the last `pulumi up` recorded: if the keys have " +
  "changed since then, run `pulumi up` first, add `--run-program`, or set the keys in the environment.";
const unknownOutcome =
  "It isn't known whether the connection was created. If the next `pulumi up` says that the orgs " +
  "are already connected, it was: set `adoptExisting: true` to take it over.";
const needs = (permission: string) =>
  "The application key or token is wrong, revoked or of another org, or it lacks the " +
  `${permission} permission: check it in the org's settings.`;
const apiAddress =
  "The address of Datadog's API is https://api.SITE, such as https://api.datadoghq.eu: check the site, " +
  "apiUrl or DD_HOST, and HTTPS_PROXY.";
const notDatadog = `This isn't an error in Datadog's format. ${apiAddress}`;
const checkNetwork = "Check the network, the site or apiUrl, and HTTPS_PROXY.";
const refusal = (status: number): Fault => ({ kind: "status", status, body: '{"errors":["No"]}' });
const html = (status: number): Fault => ({ kind: "status", status, body: "<html></html>" });

describe("a message says what was done, what came back and what to do", () => {
  it.each<[Operation, Fault, string]>([
    [
      "create",
      refusal(400),
      `400 Bad Request ("No"). Check the connection types, that the sink and the source are different orgs, and that the org hasn't reached Datadog's limit on connections.`,
    ],
    ["create", refusal(401), `401 Unauthorized ("No"). ${checkKeys}`],
    ["create", refusal(403), `403 Forbidden ("No"). ${needs("org_connections_write")}`],
    [
      "create",
      refusal(404),
      '404 Not Found ("No"). Datadog can\'t find the sink org: check sinkOrgId, and that both orgs are on this site.',
    ],
    ["create", html(404), `404 Not Found with a web page. ${notDatadog}`],
    ["create", html(502), `502 Bad Gateway. ${unknownOutcome} Try again later.`],
    [
      "create",
      { ...refusal(429), times: 999 },
      '429 Too Many Requests ("No"). Try again later, or with a lower `--parallel`.',
    ],
    ["read", refusal(401), `401 Unauthorized ("No"). ${checkKeys} ${recordedConfiguration}`],
    [
      "read",
      refusal(403),
      `403 Forbidden ("No"). ${needs("org_connections_read")} ${recordedConfiguration}`,
    ],
    ["read", refusal(418), `418 I'm a Teapot ("No"). Check the site or apiUrl.`],
    ["read", html(500), "500 Internal Server Error. Try again later."],
    ["update", refusal(400), '400 Bad Request ("No"). Check the connection types.'],
    ["update", refusal(401), `401 Unauthorized ("No"). ${checkKeys}`],
    ["update", refusal(403), `403 Forbidden ("No"). ${needs("org_connections_write")}`],
    [
      "update",
      refusal(404),
      '404 Not Found ("No"). The connection no longer exists, or the keys belong to another org. Run `pulumi refresh`: if it no longer exists, the next `pulumi up` creates it again.',
    ],
    ["delete", refusal(400), '400 Bad Request ("No"). Check the id of the resource in the state.'],
    ["delete", refusal(401), `401 Unauthorized ("No"). ${checkKeys} ${recordedConfiguration}`],
    [
      "delete",
      refusal(403),
      `403 Forbidden ("No"). ${needs("org_connections_write")} ${recordedConfiguration}`,
    ],
    ["delete", html(404), `404 Not Found with a web page. ${notDatadog}`],
  ])("%s after %j", async (operation, fault, message) => {
    fake.fault({ ...fault, method: methods[operation] });
    if (operation === "create") fake.remove(id);
    const who = message.includes("web page") ? fake.url : "Datadog";
    expect(await messageOf(operations[operation]())).toBe(
      `${doing(operation)}: ${who} answered ${message}`,
    );
  });

  const meta = { page: { total_filtered_count: 2 } };

  it.each<[string, Fault, string]>([
    ["a connection that breaks", { kind: "resetBefore" }, checkNetwork],
    ["an answer that ends early", { kind: "truncatedJson" }, checkNetwork],
    ["an empty answer", { kind: "emptyBody" }, apiAddress],
    [
      "an answer that is too large",
      { kind: "status", status: 400, body: " ".repeat(2 ** 20 + 1) },
      `Datadog doesn't send answers of this size, so something else answered. ${apiAddress}`,
    ],
    [
      "a list that lacks some",
      { kind: "unexpectedResponse", json: { data: [], meta } },
      "No connection was treated as deleted. Try again later.",
    ],
    [
      "an answer of another shape",
      { kind: "unexpectedResponse", json: {} },
      "Check that the site or apiUrl is Datadog's, and that this package is up to date.",
    ],
    ["a redirect", { kind: "redirect", location: "https://elsewhere.example" }, notDatadog],
    ["a redirect in Datadog's form", refusal(302), notDatadog],
  ])("read after %s", async (_what, fault, remedy) => {
    fake.fault(fault);
    const message = await messageOf(operations.read());
    expect(message.slice(-remedy.length - 2)).toBe(`. ${remedy}`);
  });

  it("create without an answer in time", async () => {
    const clock = new InstantClock();
    fake.fault({ kind: "hangBefore", method: "POST" });
    fake.remove(id);
    fake.beforeAnswer = ({ method }) => {
      if (method === "POST") clock.expire();
    };
    const config = { ...configOf(fake), [`${namespace}:maxRetries`]: "0" };
    expect(await messageOf(newProvider(config, { clock }).create(inputs))).toBe(
      `${doing("create")}: ${fake.url} didn't respond within 30 s. ${unknownOutcome} ` +
        "Check the network, or set a longer timeoutSeconds.",
    );
  });

  it.each([401, 403])("create with keys whose org Datadog doesn't say (%d)", async (status) => {
    fake.fault({ ...refusal(401), path: "current_user" });
    fake.fault({ ...refusal(status), path: "validate" });
    const message = await messageOf(operations.create({ [`${namespace}:orgId`]: payments.id }));
    expect(message).toContain(`answered ${status} `);
    expect(message.endsWith(`("No"). ${checkKeys}`)).toBe(true);
  });
});

describe("an error in an operation", () => {
  const thrown = (error: unknown) =>
    withUserErrors("read", "Cannot read it", () => Promise.reject(error)).catch((caught) => caught);

  it("that has its own action stays as it is", async () => {
    const error = new UserError("Invalid configuration", "no");
    expect(await thrown(error)).toBe(error);
  });

  it.each([
    [new UserError("no such thing."), "no such thing."],
    [
      new TypeError("x is undefined"),
      "x is undefined (this is a bug in the provider; please report it)",
    ],
    ["x is undefined", "x is undefined (this is a bug in the provider; please report it)"],
  ])("becomes a message: %s", async (error, message) => {
    expect(await thrown(error)).toMatchObject({
      name: "UserError",
      message: `Cannot read it: ${message}`,
      action: "Cannot read it",
      reason: message,
    });
  });
});

it("a message has no characters that mislead a reader", () => {
  const name = "a\u001b[31mb\u202ec";
  const error = new UserError(`the org ${name}`, `Cannot read ${name}`);
  expect(error.message).toBe("Cannot read a [31mb c: the org a [31mb c");
  expect([error.action, error.reason]).toEqual(["Cannot read a [31mb c", "the org a [31mb c"]);
});
