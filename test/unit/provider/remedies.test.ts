import { beforeEach, describe, expect, it } from "vitest";
import { UserError, withUserErrors } from "../../../provider/errors.ts";
import { type FakeDatadog, orgs } from "../../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../../support/fake-datadog/vitest.ts";
import { configOf, messageOf, namespace, newProvider } from "../fixture.ts";

const running = useFakeDatadog();
let fake: FakeDatadog;

beforeEach(() => {
  fake = running();
});

const id = "1b0c5a52-2f0e-4a0f-9a53-6c1d0c1d7f10";
const inputs = { sinkOrgId: orgs.hub.id, connectionTypes: ["logs"] };
const provider = (changes: Record<string, string> = {}) =>
  newProvider({ ...configOf(fake), [`${namespace}:maxRetries`]: "0", ...changes });

type Fault = Parameters<FakeDatadog["fault"]>[0];

const apiAddress =
  "The address of Datadog's API is https://api.SITE, such as https://api.datadoghq.eu: check the site, " +
  "apiUrl or DD_HOST, and HTTPS_PROXY.";

describe("what a user can do after", () => {
  const checkNetwork = "Check the network, the site or apiUrl, and HTTPS_PROXY.";
  const meta = { page: { total_filtered_count: 2 } };

  it.each<[string, Fault, string]>([
    ["a connection that breaks", { kind: "resetBefore" }, checkNetwork],
    ["an answer that ends early", { kind: "truncatedJson" }, checkNetwork],
    ["an empty answer", { kind: "emptyBody" }, apiAddress],
    [
      "a list that lacks some",
      { kind: "wrongShape", json: { data: [], meta } },
      "No connection was treated as deleted. Try again later.",
    ],
    [
      "an answer of another shape",
      { kind: "wrongShape", json: {} },
      "Check that the site or apiUrl is Datadog's, and that this package is up to date.",
    ],
    [
      "a refusal of which nothing is known",
      { kind: "status", status: 418, body: '{"errors":["No"]}' },
      "Check the site or apiUrl.",
    ],
    [
      "a redirect",
      { kind: "redirect", location: "https://elsewhere.example" },
      `This isn't an error in Datadog's format. ${apiAddress}`,
    ],
    [
      "a redirect in Datadog's form",
      { kind: "status", status: 302, body: '{"errors":["Elsewhere"]}' },
      `This isn't an error in Datadog's format. ${apiAddress}`,
    ],
    ["a fault of Datadog", { kind: "status", status: 500 }, "Try again later."],
  ])("%s", async (_what, fault, remedy) => {
    fake.fault(fault);
    const message = await messageOf(provider().read(id, inputs));
    expect(message.slice(-remedy.length - 2)).toBe(`. ${remedy}`);
  });
});

it.each([401, 403])(
  "keys that are refused with %d where their org is asked for",
  async (status) => {
    const { apiKey, appKey } = orgs.shop;
    const profile = { apiKey, appKey, orgId: orgs.shop.id };
    fake.fault({ kind: "status", status, body: '{"errors":["No"]}', path: "validate" });
    const call = provider({ [`${namespace}:profiles`]: JSON.stringify({ shop: profile }) }).create({
      ...inputs,
      profile: "shop",
    });
    expect(await messageOf(call)).toMatch(
      /\("No"\)\. Check the keys, and that they belong to this site\.$/,
    );
  },
);

it("the refusal of something else isn't taken for one of Datadog's, whatever its status", async () => {
  fake.fault({ kind: "status", status: 404, body: "<html></html>" });
  expect(await messageOf(provider().create(inputs))).toBe(
    `Cannot create the org connection to ${orgs.hub.id}: ${fake.url} answered 404 Not Found with a web page. ` +
      `This isn't an error in Datadog's format. ${apiAddress}`,
  );
});

describe("what is thrown in an operation", () => {
  const thrown = (error: unknown) =>
    withUserErrors("read", "Cannot read it", () => Promise.reject(error)).catch((caught) => caught);

  it("reaches the user as it is where it is made for a user", async () => {
    const error = new UserError("Invalid configuration", "no");
    expect(await thrown(error)).toBe(error);
  });

  it("reaches the user with what was being done", async () => {
    const error = await thrown(new UserError("no such thing."));
    expect(error).toBeInstanceOf(UserError);
    expect(error).toMatchObject({ name: "UserError", message: "Cannot read it: no such thing." });
  });

  it.each([new TypeError("x is undefined"), "x is undefined"])(
    "is called a defect where nobody foresaw it: %s",
    async (error) => {
      expect(await thrown(error)).toMatchObject({
        name: "UserError",
        message: "Cannot read it: x is undefined (this is a bug in the provider; please report it)",
      });
    },
  );
});
