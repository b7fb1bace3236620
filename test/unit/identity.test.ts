import { describe, expect, it } from "vitest";
import { assertWouldSee } from "../../provider/gone.ts";
import { assertExpected, assertSource, type Identity } from "../../provider/identity.ts";
import { orgs } from "../support/fake-datadog/index.ts";
import { problemOf } from "./fixture.ts";

const { payments, hub, shop } = orgs;
const idOf = { payments: payments.id, hub: hub.id, shop: shop.id, "-": undefined };
type Name = keyof typeof idOf;

const org = (named: Name, expected: Name, profile?: string): Identity => ({
  ...(idOf[named] && { orgId: idOf[named] }),
  expectedOrgId: idOf[expected],
  profile,
});

/** What a rule says, in short. */
function outcome(rule: () => void): string {
  const message = problemOf(rule);
  if (message === "nothing was thrown") return "allowed";
  if (/, but orgId is /.test(message)) return "other orgId";
  if (/doesn't record its source/.test(message)) return "source unknown";
  if (/(doesn't say|and doesn't say) wh/.test(message)) return "org unknown";
  if (/belong to the org /.test(message)) return "other org";
  return message;
}

describe("the connection from payments to hub", () => {
  it.each<[Name, Name, string, string, string]>([
    // Datadog names | orgId | any write | adopt, import, replace | gone if it isn't listed
    ["payments", "-", "allowed", "allowed", "allowed"],
    ["hub", "-", "allowed", "other org", "allowed"],
    ["shop", "-", "allowed", "other org", "other org"],
    ["-", "-", "allowed", "org unknown", "org unknown"],
    ["-", "payments", "allowed", "allowed", "allowed"],
    ["-", "hub", "allowed", "other org", "allowed"],
    ["-", "shop", "allowed", "other org", "other org"],
    ["payments", "payments", "allowed", "allowed", "allowed"],
    ["hub", "hub", "allowed", "other org", "allowed"],
    ["shop", "shop", "allowed", "other org", "other org"],
    ["payments", "hub", "other orgId", "other orgId", "other orgId"],
    ["hub", "payments", "other orgId", "other orgId", "other orgId"],
    ["shop", "payments", "other orgId", "other orgId", "other orgId"],
    ["payments", "shop", "other orgId", "other orgId", "other orgId"],
  ])(
    "Datadog names %s, orgId is %s: write %s, take over %s, gone %s",
    (named, expected, ...rules) => {
      const credentials = org(named, expected);
      const recorded = { sourceOrgId: payments.id, sinkOrgId: hub.id };
      expect([
        outcome(() => assertExpected(credentials)),
        outcome(() => assertSource(credentials, payments.id, "it")),
        outcome(() => assertWouldSee(credentials, recorded)),
      ]).toEqual(rules);
    },
  );
});

it.each<[Name, Name, string]>([
  ["hub", "-", "allowed"],
  ["payments", "-", "source unknown"],
  ["-", "-", "source unknown"],
  ["-", "payments", "allowed"],
  ["payments", "payments", "allowed"],
  ["payments", "hub", "other orgId"],
])(
  "to hub, without a recorded source: Datadog names %s, orgId is %s: gone %s",
  (named, expected, gone) => {
    expect(outcome(() => assertWouldSee(org(named, expected), { sinkOrgId: hub.id }))).toBe(gone);
  },
);

const setOrgId =
  "Set datadog-org-connections:orgId, or the orgId of the profile, in the stack's configuration to the " +
  "UUID of the org that owns the credentials.";

it.each<[string, () => void, string]>([
  [
    "another orgId",
    () => assertExpected(org("payments", "shop", "pay")),
    `the credentials of the profile "pay" belong to the org ${payments.id}, but orgId is ${shop.id}. ` +
      `Nothing was changed. Set credentials of the org ${shop.id}, or correct orgId.`,
  ],
  [
    "another source",
    () => assertSource(org("shop", "-"), payments.id, "the connection 1"),
    `the connection 1 has the source org ${payments.id}, but the credentials belong to the org ${shop.id}. ` +
      "Nothing was changed. Use the credentials of the source org.",
  ],
  [
    "a source that nobody can compare",
    () => assertSource(org("-", "-", "pay"), payments.id, "the connection 1"),
    `the connection 1 has the source org ${payments.id}, but Datadog doesn't say whether the credentials ` +
      `of the profile "pay" belong to it. Nothing was changed. ${setOrgId}`,
  ],
  [
    "a connection that the org can't see",
    () => assertWouldSee(org("shop", "-"), { sourceOrgId: payments.id, sinkOrgId: hub.id }),
    `Datadog doesn't list the connection for the credentials: they belong to the org ${shop.id}, not to its ` +
      `source ${payments.id} or its sink ${hub.id}. It may still exist. Set credentials of the source org.`,
  ],
  [
    "a connection that perhaps the org can't see",
    () => assertWouldSee(org("-", "-"), { sourceOrgId: payments.id, sinkOrgId: hub.id }),
    "Datadog doesn't list the connection, and doesn't say which org the credentials belong to, so it may " +
      `still exist. ${setOrgId}`,
  ],
  [
    "a connection without a recorded source",
    () => assertWouldSee(org("payments", "-"), { sinkOrgId: hub.id }),
    "Datadog doesn't list the connection, and the state doesn't record its source org, so it may still " +
      `exist. ${setOrgId}`,
  ],
])("the message about %s says what to do", (_what, rule, message) => {
  expect(problemOf(rule)).toBe(message);
});
