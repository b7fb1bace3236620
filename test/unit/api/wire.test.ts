import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { answers, errorMessages, parseAnswer } from "../../../provider/api/wire.ts";
import { orgs } from "../../support/fake-datadog/index.ts";
import { problemOf } from "../fixture.ts";

const { hub, payments, security, shop } = orgs;
const attributes = { connection_types: ["metrics", "logs", "logs"], created_at: "2025-08-26" };
const entry = (changes: object = {}) => ({
  ...{ type: "org_connection", id: shop.id, attributes, relationships: {} },
  ...changes,
});
const refusalOf = (schema: v.GenericSchema, json: unknown) =>
  problemOf(() => parseAnswer(schema, JSON.stringify(json)));

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
  const data = entry({ id: shop.id.toUpperCase(), relationships });
  const connectionTypes = ["logs", "metrics"];
  expect(parseAnswer(answers.create, JSON.stringify({ data }))).toEqual({
    ...{ id: shop.id, connectionTypes, createdAt: "2025-08-26", ...expected },
  });
});

describe("an answer is refused that", () => {
  const connection = (changes: object) => ({ data: entry(changes) });
  const withAttributes = (changes: object) =>
    connection({ attributes: { ...attributes, ...changes } });
  const counted = (total_filtered_count: unknown) => ({
    data: [],
    meta: { page: { total_filtered_count } },
  });
  const [count, types] = ["meta.page.total_filtered_count", "data.attributes.connection_types"];

  it.each<[string, unknown, string, v.GenericSchema?]>([
    ["isn't an object", 7, "the answer: expected Object"],
    ["has no data", {}, 'data: expected "data"'],
    ["has no type", connection({ type: undefined }), 'data.type: expected "type"'],
    ["isn't a connection", connection({ type: "org" }), 'data.type: expected "org_connection"'],
    ["has no id", connection({ id: undefined }), 'data.id: expected "id"'],
    ["has an id that isn't text", connection({ id: 7 }), "data.id: expected string"],
    ["has an empty id", connection({ id: "" }), "data.id: expected a UUID"],
    ["has an id that isn't a UUID", connection({ id: ".." }), "data.id: expected a UUID"],
    [
      "has no attributes",
      connection({ attributes: undefined }),
      'data.attributes: expected "attributes"',
    ],
    [
      "has no types",
      withAttributes({ connection_types: undefined }),
      `${types}: expected "connection_types"`,
    ],
    [
      "has a type that isn't text",
      withAttributes({ connection_types: ["logs", 7] }),
      `${types}.1: expected string`,
    ],
    [
      "has an empty date",
      withAttributes({ created_at: "" }),
      "data.attributes.created_at: not valid",
    ],
    [
      "has no relationships",
      connection({ relationships: undefined }),
      'data.relationships: expected "relationships"',
    ],
    [
      "has a sink with an empty id",
      connection({ relationships: { sink_org: { data: { id: "" } } } }),
      "data.relationships.sink_org.data.id: expected a UUID",
    ],
    ["counts -1 connections", counted(-1), `${count}: not valid`, answers.list],
    ["counts half a connection", counted(0.5), `${count}: not valid`, answers.list],
    ["counts in text", counted("1"), `${count}: expected number`, answers.list],
    [
      "doesn't name the org of an API key",
      { data: { id: "" } },
      "data.id: expected a UUID",
      answers.validate,
    ],
    ["is a list, to a delete", [], "the answer: ", answers.delete],
    ["is text, to a delete", "deleted", "the answer: ", answers.delete],
  ])("%s", (_what, json, problem, schema = answers.create) => {
    expect(refusalOf(schema, json)).toContain(
      `Datadog's answer isn't what its API reference describes (${problem}`,
    );
  });

  it("reports errors", () => {
    const body = JSON.stringify({ data: [], errors: ["No"] });
    const message = "Datadog's answer reports success and errors at once";
    expect(() => parseAnswer(answers.list, body)).toThrow(
      expect.objectContaining({ code: "unexpectedResponse", message }),
    );
  });

  it.each(["", "null", "no"])("is %j", (body) => {
    expect(problemOf(() => parseAnswer(answers.list, body))).toBe(
      "Datadog's answer isn't valid JSON, although its status reports success",
    );
  });
});

it.each(["{}", "null", "", '{"errors":[]}'])("a delete may be answered with %j", (body) => {
  expect(problemOf(() => parseAnswer(answers.delete, body))).toBe("nothing was thrown");
});

it("entries that aren't as described are named, by their ids if they have one, without their values", () => {
  const data = [{ type: "org_connection", id: hub.id, attributes: "s3cret" }, 7, entry()];
  const { connections, malformed, total } = v.parse(answers.list, { data, meta: { page: null } });
  expect(connections).toMatchObject([{ id: shop.id }]);
  expect(malformed).toEqual([
    `Datadog's list has an entry, number 0 (id ${hub.id}), that isn't what its API reference describes ` +
      "(attributes: expected Object)",
    "Datadog's list has an entry, number 1, that isn't what its API reference describes (the answer: expected Object)",
  ]);
  expect(total).toBeUndefined();
});

describe("a user", () => {
  const { id } = payments.user;
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
    expect(v.parse(answers.user, user(changes))).toEqual({ ...plainUser, ...expected });
  });

  it("that the credentials act as has an org and permissions", () => {
    const relationships = { org: { data: { type: "orgs", id: payments.id.toUpperCase() } } };
    const answer = { data: { ...user({ name: "Ada" }).data, relationships } };
    const included = [
      { type: "roles", id: payments.id, attributes: { name: "org_connections_read" } },
      { type: "orgs", id: payments.id, attributes: { name: "Payments" } },
      { type: "permissions", id: "2", attributes: { name: "org_connections_write" } },
      { type: "permissions", id: "3", attributes: null },
    ];
    const named = v.parse(answers.currentUser, { ...answer, included });
    expect(named).toMatchObject({ orgId: payments.id, orgName: "Payments", user: { name: "Ada" } });
    expect(named.permissions).toEqual(["org_connections_write"]);
    const unnamed = v.parse(answers.currentUser, answer);
    expect(unnamed).toMatchObject({ orgId: payments.id, permissions: [] });
    expect(unnamed).not.toHaveProperty("orgName");
  });
});

it("the orgs that an org manages have their names, if the answer has them", () => {
  const org = ({ id }: { id: string }, attributes: object | null) => ({
    type: "orgs",
    id: id.toUpperCase(),
    attributes,
  });
  const all = [hub, shop, payments, security];
  const included = [org(hub, { name: "Hub" }), org(shop, null), org(payments, { name: null })];
  const relationships = { managed_orgs: { data: all.map(({ id }) => ({ id })) } };
  expect(v.parse(answers.managedOrgs, { data: { relationships }, included })).toStrictEqual([
    { id: hub.id, name: "Hub" },
    ...[shop, payments, security].map(({ id }) => ({ id })),
  ]);
});

it.each<[unknown, string | undefined]>([
  [
    { errors: ["One", { title: "Two", detail: "2" }, { title: "Three" }, { detail: "Four" }] },
    "One; Two: 2; Three; Four",
  ],
  [{ errors: ["no http://me:p@ss@proxy.example"] }, "no http://[redacted]@proxy.example"],
  [{ errors: ["x".repeat(501)] }, "x".repeat(500)],
  [{ errors: "No" }, undefined],
  [{ errors: [7] }, undefined],
  [{ message: "No" }, undefined],
  [null, undefined],
  [[], undefined],
])("the messages of the refusal %j are %j", (body, messages) => {
  expect(errorMessages(JSON.stringify(body))).toBe(messages);
});
