import * as v from "valibot";
import { type Connection, normalizeTypes } from "./connection";

const text = v.pipe(v.string(), v.nonEmpty());
const id = v.pipe(v.string(), v.uuid(), v.toLowerCase());

/** An org or a user. Each level may be missing from an answer; the answer to PATCH has no names. */
const reference = v.nullish(
  v.object({ data: v.nullish(v.object({ id, name: v.nullish(v.string()) })) }),
);

const connection = v.pipe(
  v.object({
    type: v.literal("org_connection"),
    id,
    attributes: v.object({ connection_types: v.array(v.string()), created_at: text }),
    relationships: v.object({ source_org: reference, sink_org: reference, created_by: reference }),
  }),
  v.transform(({ id, attributes, relationships }): Connection => {
    const sink = relationships.sink_org?.data;
    const source = relationships.source_org?.data;
    const user = relationships.created_by?.data;
    return {
      id,
      ...(sink && { sinkOrgId: sink.id }),
      ...(sink?.name != null && { sinkOrgName: sink.name }),
      ...(source && { sourceOrgId: source.id }),
      ...(source?.name != null && { sourceOrgName: source.name }),
      connectionTypes: normalizeTypes(attributes.connection_types),
      createdAt: attributes.created_at,
      ...(user && { createdBy: user.id }),
      ...(user?.name != null && { createdByName: user.name }),
    };
  }),
);

/** The answer to create and update. */
export const connectionAnswer = v.pipe(
  v.object({ data: connection }),
  v.transform(({ data }) => data),
);

const count = v.pipe(v.number(), v.integer(), v.minValue(0));

/** One page of the list. */
export interface Page {
  readonly connections: readonly Connection[];
  /** What is wrong with each entry that isn't as the API reference describes. */
  readonly malformed: readonly string[];
  /** The number of connections on all pages; `undefined` if the answer has none. */
  readonly total: number | undefined;
}

export const listAnswer = v.pipe(
  v.object({
    data: v.array(v.unknown()),
    meta: v.nullish(
      v.object({ page: v.nullish(v.object({ total_filtered_count: v.nullish(count) })) }),
    ),
  }),
  v.transform(({ data, meta }): Page => {
    const entries = data.map((entry) => v.safeParse(connection, entry));
    return {
      connections: entries.flatMap(({ success, output }) => (success ? [output] : [])),
      malformed: entries.flatMap(({ issues }, index) =>
        issues ? [malformedEntry(data[index], index, issues[0])] : [],
      ),
      total: meta?.page?.total_filtered_count ?? undefined,
    };
  }),
);

function malformedEntry(entry: unknown, index: number, issue: Issue): string {
  const identified = v.safeParse(v.object({ id }), entry);
  const name = identified.success ? ` (id ${identified.output.id})` : "";
  return `Datadog's list has an entry, number ${index}${name}, that ${unlikeReference(issue)}`;
}

type Issue = v.BaseIssue<unknown>;

/** What is wrong with an answer. The library's own message repeats the value, which may be a secret. */
export function unlikeReference(issue: Issue): string {
  const path = v.getDotPath(issue) ?? "the answer";
  const expected =
    issue.kind === "schema" || issue.type === "uuid"
      ? `expected ${issue.expected ?? "a UUID"}`
      : "not valid";
  return `isn't what its API reference describes (${path}: ${expected})`;
}

/** The answer to delete: Datadog sends `{}`; the API reference describes no body. */
export const deleteAnswer = v.custom<object | null>(
  (value) => typeof value === "object" && !Array.isArray(value),
  "Expected an object",
);

/** The answer to `GET /api/v2/validate`: the id of the org that the API key belongs to. */
export const validateAnswer = v.pipe(
  v.object({ data: v.object({ id }) }),
  v.transform(({ data }) => data.id),
);

/** A user of an org: a person or a service account. */
export interface User {
  /** UUID. */
  readonly id: string;
  /** The name; the handle, such as an email address, if the user has none. */
  readonly name: string;
  readonly isServiceAccount: boolean;
  readonly isDisabled: boolean;
}

/** The user that credentials act as, with its org. */
export interface CurrentUser {
  readonly user: User;
  readonly orgId: string;
  readonly orgName?: string;
  /** The permissions of the user's roles; a key or token with scopes may allow less. */
  readonly permissions: readonly string[];
}

/** An org that another org manages. */
export interface ManagedOrg {
  readonly id: string;
  readonly name?: string;
}

const name = v.nullish(v.string());

const user = v.object({
  id,
  attributes: v.object({
    name,
    handle: name,
    service_account: v.nullish(v.boolean()),
    disabled: v.nullish(v.boolean()),
  }),
});

const toUser = ({ id, attributes }: v.InferOutput<typeof user>): User => ({
  id,
  name: attributes.name || attributes.handle || id,
  isServiceAccount: attributes.service_account ?? false,
  isDisabled: attributes.disabled ?? false,
});

export const userAnswer = v.pipe(
  v.object({ data: user }),
  v.transform(({ data }) => toUser(data)),
);

/** The orgs, roles and permissions that an answer names. */
const included = v.optional(
  v.array(
    v.object({ type: v.string(), id: v.string(), attributes: v.nullish(v.object({ name })) }),
  ),
  [],
);
type Included = v.InferOutput<typeof included>;

export const currentUserAnswer = v.pipe(
  v.object({
    data: v.object({
      ...user.entries,
      relationships: v.object({ org: v.object({ data: v.object({ id }) }) }),
    }),
    included,
  }),
  v.transform(({ data, included }): CurrentUser => {
    const { id: orgId } = data.relationships.org.data;
    return {
      user: toUser(data),
      orgId,
      ...namedOrg(orgId, included),
      permissions: included.flatMap(({ type, attributes }) =>
        type === "permissions" && attributes?.name ? [attributes.name] : [],
      ),
    };
  }),
);

export const managedOrgsAnswer = v.pipe(
  v.object({
    data: v.object({
      relationships: v.object({
        managed_orgs: v.object({ data: v.array(v.object({ id })) }),
      }),
    }),
    included,
  }),
  v.transform(({ data, included }) => {
    const names = new Map(included.map((one) => [one.id.toLowerCase(), one.attributes?.name]));
    return data.relationships.managed_orgs.data.map(({ id }): ManagedOrg => {
      const name = names.get(id);
      return { id, ...(name != null && { name }) };
    });
  }),
);

function namedOrg(orgId: string, included: Included): { orgName?: string } {
  const org = included.find(({ type, id }) => type === "orgs" && id.toLowerCase() === orgId);
  const orgName = org?.attributes?.name;
  return orgName == null ? {} : { orgName };
}

/** The answer to every refused request: its error messages. */
export const errorAnswer = v.object({
  errors: v.array(
    v.union([
      v.string(),
      v.pipe(
        v.object({ title: v.optional(v.string()), detail: v.optional(v.string()) }),
        v.transform(({ title, detail }) => [title, detail].filter(Boolean).join(": ")),
      ),
    ]),
  ),
});

export function createBody(sinkOrgId: string, connectionTypes: readonly string[]): unknown {
  return {
    data: {
      type: "org_connection",
      attributes: { connection_types: connectionTypes },
      relationships: { sink_org: { data: { type: "orgs", id: sinkOrgId } } },
    },
  };
}

export function updateBody(id: string, connectionTypes: readonly string[]): unknown {
  return {
    data: { type: "org_connection", id, attributes: { connection_types: connectionTypes } },
  };
}
