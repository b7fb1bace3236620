import { beforeEach, describe, expect, it } from "vitest";
import { unknownValue } from "../../../provider/unknown.ts";
import { type FakeDatadog, orgs } from "../../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../../support/fake-datadog/vitest.ts";
import { configOf, keys, messageOf, newProvider, profilesConfig } from "../fixture.ts";

const running = useFakeDatadog();
let fake: FakeDatadog;
let provider: ReturnType<typeof newProvider>;

const path = "/api/v2/org_connections";
const inputs = { sinkOrgId: orgs.hub.id, connectionTypes: ["logs"] };
const adopting = { ...inputs, adoptExisting: true };
const recorded = { ...inputs, sourceOrgId: orgs.payments.id };

beforeEach(() => {
  fake = running();
  provider = newProvider(configOf(fake));
});

const connect = () => fake.connect({ source: orgs.payments, sink: orgs.hub, types: ["logs"] }).id;

describe("of two resources that declare the same orgs,", () => {
  it("a second one that declares the same orgs fails", async () => {
    const outcomes = await Promise.all([
      messageOf(provider.create(adopting)),
      messageOf(provider.create(adopting)),
    ]);
    expect(outcomes.sort()).toEqual([
      `Cannot create the org connection to ${orgs.hub.id}: the program declares the connection between ` +
        "these two orgs twice. Remove one of them.",
      "nothing was thrown",
    ]);
    expect(fake.connections).toHaveLength(1);
  });

  it("a second one fails before anything is sent for it", async () => {
    const first = provider.create(inputs);
    expect(await messageOf(provider.create(inputs))).toContain("these two orgs twice");
    await first;
    expect(fake.requestLines).toEqual([`POST ${path} 200`]);
  });

  it("a second one that reaches the same org with another profile fails", async () => {
    const profiles = { one: keys, two: keys };
    provider = newProvider(profilesConfig(fake, profiles));
    await provider.create({ ...adopting, profile: "one" });
    expect(await messageOf(provider.create({ ...adopting, profile: "two" }))).toContain(
      "the program declares the connection between these two orgs twice.",
    );
  });

  it("the preview shows that a second one declares the same orgs", async () => {
    expect(await provider.check({}, inputs)).toMatchObject({ failures: [] });
    expect(await provider.check({}, inputs)).toMatchObject({
      failures: [{ property: "", reason: expect.stringContaining("these two orgs twice") }],
    });
  });

  it.each(["sinkOrgId", "profile"])(
    "two may have the same orgs if %s isn't known yet",
    async (property) => {
      const unknown = { ...inputs, [property]: unknownValue };
      expect(await provider.check({}, unknown)).toMatchObject({ failures: [] });
      expect(await provider.check({}, unknown)).toMatchObject({ failures: [] });
    },
  );

  it("a second one that the state records with the same connection can't keep it too", async () => {
    const id = connect();
    await provider.check(inputs, inputs);
    await provider.diff(id, recorded, inputs);
    expect(await provider.check(inputs, inputs)).toMatchObject({
      failures: [{ property: "", reason: expect.stringContaining("these two orgs twice") }],
    });
  });

  it("nor with another profile of the same org", async () => {
    const org = { orgId: orgs.payments.id, ...keys };
    provider = newProvider(profilesConfig(fake, { one: org, two: org }));
    const id = connect();
    const [one, two] = ["one", "two"].map((profile) => ({ ...inputs, profile }));
    await provider.check({ ...one }, { ...one });
    await provider.check({ ...two }, { ...one });
    await provider.diff(id, { ...recorded, ...one }, { ...one });
    expect(await messageOf(provider.diff(id, { ...recorded, ...two }, { ...one }))).toContain(
      "these two orgs twice",
    );
  });

  it("the next operation of a process that stays keeps the same ones", async () => {
    const id = connect();
    for (const _ of ["preview", "up"]) {
      provider.configure(new Map(Object.entries(configOf(fake))));
      expect(await provider.check(inputs, inputs)).toMatchObject({ failures: [] });
      await provider.diff(id, recorded, inputs);
    }
  });
});
