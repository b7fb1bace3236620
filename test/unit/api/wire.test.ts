import * as v from "valibot";
import { describe, expect, it } from "vitest";
import {
  currentUserAnswer,
  listAnswer,
  managedOrgsAnswer,
  userAnswer,
} from "../../../provider/api/wire.ts";
import { orgs } from "../../support/fake-datadog/index.ts";

const { hub, payments, shop } = orgs;
const attributes = {
  connection_types: ["metrics", "logs", "logs"],
  created_at: "2025-08-26T20:19:38Z",
};
const plain = { connectionTypes: ["logs", "metrics"], createdAt: "2025-08-26T20:19:38Z" };

it.each<[string, object, object]>([
  [
    "names",
    { sink_org: { data: { id: hub.id, name: "Hub" } } },
    { sinkOrgId: hub.id, sinkOrgName: "Hub" },
  ],
  ["capitals", { source_org: { data: { id: hub.id.toUpperCase() } } }, { sourceOrgId: hub.id }],
  [
    "null",
    { sink_org: { data: { id: hub.id, name: null } }, source_org: {}, created_by: { data: null } },
    { sinkOrgId: hub.id },
  ],
  ["null for an org", { sink_org: null }, {}],
  ["nothing", {}, {}],
])("a connection may have %s where it names the orgs", (_what, relationships, expected) => {
  const entry = { type: "org_connection", id: shop.id.toUpperCase(), attributes, relationships };
  expect(v.parse(listAnswer, { data: [entry], meta: { page: null } })).toEqual({
    connections: [{ ...plain, id: shop.id, ...expected }],
    malformed: [],
    total: undefined,
  });
});

it("entries that aren't as described are named, by their ids if they have one, without their values", () => {
  const data = [{ type: "org_connection", id: hub.id, attributes: "s3cret" }, 7];
  const { connections, malformed } = v.parse(listAnswer, { data });
  expect(connections).toEqual([]);
  expect(malformed).toEqual([
    `Datadog's list has an entry, number 0 (id ${hub.id}), that isn't what its API reference describes ` +
      "(attributes: expected Object)",
    "Datadog's list has an entry, number 1, that isn't what its API reference describes (the answer: expected Object)",
  ]);
});

describe("a user", () => {
  const id = payments.user.id;
  const user = (changes: object) => ({ data: { type: "users", id, attributes: changes } });

  it.each([
    [{ name: "Ada", handle: "ada@example.com" }, { name: "Ada" }],
    [{ name: null, handle: "ada@example.com" }, { name: "ada@example.com" }],
    [{ name: "", handle: null }, { name: id }],
    [
      { name: "CI", service_account: true, disabled: true },
      { name: "CI", isServiceAccount: true, isDisabled: true },
    ],
    [{ name: "CI", service_account: null }, { name: "CI" }],
  ])("with %j", (changes, expected) => {
    const plainUser = { id, isServiceAccount: false, isDisabled: false };
    expect(v.parse(userAnswer, user(changes))).toEqual({ ...plainUser, ...expected });
  });

  it("that the credentials act as has an org and permissions", () => {
    const relationships = { org: { data: { type: "orgs", id: payments.id.toUpperCase() } } };
    const answer = { data: { ...user({ name: "Ada" }).data, relationships } };
    const included = [
      { type: "orgs", id: payments.id, attributes: { name: "Payments" } },
      { type: "roles", id: "1", attributes: { name: "org_connections_read" } },
      { type: "permissions", id: "2", attributes: { name: "org_connections_write" } },
      { type: "permissions", id: "3", attributes: null },
    ];
    const named = v.parse(currentUserAnswer, { ...answer, included });
    expect(named).toMatchObject({ orgId: payments.id, orgName: "Payments", user: { name: "Ada" } });
    expect(named.permissions).toEqual(["org_connections_write"]);
    const unnamed = v.parse(currentUserAnswer, answer);
    expect(unnamed).toMatchObject({ orgId: payments.id, permissions: [] });
    expect(unnamed).not.toHaveProperty("orgName");
  });
});

it("the orgs that an org manages have their names", () => {
  const data = [hub, shop].map(({ id }) => ({ type: "orgs", id }));
  const included = [{ type: "orgs", id: hub.id.toUpperCase(), attributes: { name: "Hub" } }];
  const answer = { data: { relationships: { managed_orgs: { data } } }, included };
  expect(v.parse(managedOrgsAnswer, answer)).toEqual([
    { id: hub.id, name: "Hub" },
    { id: shop.id },
  ]);
});
