import { beforeEach, describe, expect, it } from "vitest";
import { type FakeDatadog, orgs } from "../../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../../support/fake-datadog/vitest.ts";
import { connectionLines, inputsTo, keys, messageOf } from "../fixture.ts";
import { type Logged, type Plugin, startPlugin, urn } from "./fixture.ts";

const { data, hub, payments, security, shop } = orgs;
const datadog = useFakeDatadog();
let fake: FakeDatadog;
let plugin: Plugin;
let firstWarning: Promise<Logged>;

beforeEach(async () => {
  fake = datadog();
  await configure(keys);
});

async function configure(settings: object): Promise<void> {
  const warned = Promise.withResolvers<Logged>();
  firstWarning = warned.promise;
  plugin = await startPlugin({ apiUrl: fake.url, ...settings }, warned.resolve);
}

/** The message of a creation that fails. */
function create(changes: object = {}, timeout = 0): Promise<string> {
  return messageOf(plugin.create({ ...inputsTo(hub), ...changes }, { timeout }));
}

const rateLimited = (retryAfter: string) =>
  ({ kind: "status", status: 429, headers: { "retry-after": retryAfter } }) as const;
const unavailable = {
  kind: "status",
  status: 503,
  body: "",
  headers: { "retry-after": "60" },
  path: "org_connections",
} as const;
const interrupted =
  "the operation was canceled, or its time is over. This request wasn't sent. Run the operation again, " +
  "or allow it more time.";

describe("a cancel", { timeout: 30_000 }, () => {
  // shorter than the waits that it ends
  it("ends every wait at once, and nothing more is sent", async () => {
    fake.fault({ ...rateLimited("60"), method: "POST", times: 3 });
    const creations = [hub, shop, data].map(({ id }) => create({ sinkOrgId: id }));
    const warning = "Rate limited by Datadog; retrying in 60 s";
    expect(await firstWarning).toEqual(["warning", warning, urn]);
    await plugin.cancel();
    for (const message of await Promise.all(creations)) {
      expect(message).toMatch(/429 Too Many Requests|the operation was canceled/);
    }
    const sent = connectionLines(fake).length;
    expect(await create()).toContain(interrupted);
    expect(connectionLines(fake)).toHaveLength(sent);
    expect(fake.connections).toEqual([]);
  });

  it("ends the retries of what may have been done, and the message says so", async () => {
    fake.fault({ ...unavailable, times: 9 });
    const creation = create();
    await firstWarning;
    await plugin.cancel();
    expect(await creation).toContain("It isn't known whether the connection was created.");
  });

  it("doesn't end the deletion of what was created for the wrong org", async () => {
    fake.addCredentials(payments, { token: "ddsat_1" }, "write", { identifies: false });
    await configure({ bearerToken: "ddsat_1", orgId: security.id });
    fake.beforeAnswer = async ({ method }) => {
      if (method === "POST") await plugin.cancel();
    };
    expect(await create()).toContain("It was deleted again.");
    expect(connectionLines(fake)).toEqual(["POST 200", "DELETE 200"]);
    expect(fake.connections).toEqual([]);
  });
});

describe("a custom timeout", () => {
  it("ends a wait that would be longer, before it begins", async () => {
    fake.fault({ ...rateLimited("60"), method: "POST" });
    expect(await create({}, 5)).toContain(interrupted);
    expect(connectionLines(fake)).toEqual(["POST 429"]);
  });

  it.each([
    ["list", "limit"],
    ["question for the identity", "current_user"],
  ])("ends no %s that others wait for too", async (_name, path) => {
    const sinks = [hub, shop, data];
    const ids = sinks.map((sink) => fake.connect({ source: payments, sink, types: ["logs"] }).id);
    fake.fault({ ...rateLimited("0.5"), path });
    const [hasty, ...others] = sinks.map(({ id }, index) =>
      create({ sinkOrgId: id, importId: ids[index] }, index === 0 ? 0.1 : 0),
    );
    expect(await hasty).toContain(interrupted);
    for (const message of await Promise.all(others)) expect(message).toBe("nothing was thrown");
  });
});
