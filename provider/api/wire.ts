import * as v from "valibot";
import { type Connection, normalizeTypes } from "./connection";
import { ApiError } from "./errors";
import { parseJson, withoutUserinfo } from "./text";

const text = v.pipe(v.string(), v.nonEmpty());
const id = v.pipe(v.string(), v.uuid(), v.toLowerCase());
const name = v.nullish(v.string());

/** An org or a user. Each level may be missing from an answer; the answer to PATCH has no names. */
const reference = v.nullish(v.object({ data: v.nullish(v.object({ id, name })) }));

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

/** An answer of which only the data matters. */
function dataOf<Output>(data: v.GenericSchema<unknown, Output>) {
  return v.pipe(
    v.object({ data }),
    v.transform((answer) => answer.data),
  );
}

const count = v.pipe(v.number(), v.integer(), v.minValue(0));

function malformedEntry(entry: unknown, index: number, issue: Issue): string {
  const identified = v.safeParse(v.object({ id }), entry);
  const name = identified.success ? ` (id ${identified.output.id})` : "";
  return `Datadog's list has an entry, number ${index}${name}, that ${unlikeReference(issue)}`;
}

const user = v.object({
  id,
  attributes: v.object({
    name,
    handle: name,
    service_account: v.nullish(v.boolean()),
    disabled: v.nullish(v.boolean()),
  }),
});

const toUser = ({ id, attributes }: v.InferOutput<typeof user>) => ({
  id,
  name: attributes.name || attributes.handle || id, // a handle is often an email address
  isServiceAccount: attributes.service_account ?? false,
  isDisabled: attributes.disabled ?? false,
});

/** The orgs, roles and permissions that an answer names. */
const included = v.optional(
  v.array(
    v.object({ type: v.string(), id: v.string(), attributes: v.nullish(v.object({ name })) }),
  ),
  [],
);

/** The orgs of these ids, with the names that an answer includes. */
function namedOrgs(ids: readonly string[], entries: v.InferOutput<typeof included>) {
  const orgs = entries.filter(({ type }) => type === "orgs");
  const names = new Map(orgs.map(({ id, attributes }) => [id.toLowerCase(), attributes?.name]));
  return ids.map((id) => {
    const name = names.get(id);
    return { id, ...(name != null && { name }) };
  });
}

/** The answers to the calls of the API. */
export const answers = {
  list: v.pipe(
    v.object({
      data: v.array(v.unknown()),
      meta: v.nullish(
        v.object({ page: v.nullish(v.object({ total_filtered_count: v.nullish(count) })) }),
      ),
    }),
    v.transform(({ data, meta }) => {
      const entries = data.map((entry) => v.safeParse(connection, entry));
      return {
        connections: entries.flatMap(({ success, output }) => (success ? [output] : [])),
        // What is wrong with each entry that isn't as the API reference describes.
        malformed: entries.flatMap(({ issues }, index) =>
          issues ? [malformedEntry(data[index], index, issues[0])] : [],
        ),
        // The number of connections on all pages.
        total: meta?.page?.total_filtered_count ?? undefined,
      };
    }),
  ),
  create: dataOf(connection),
  update: dataOf(connection),
  // Datadog sends `{}`; the API reference describes no body.
  delete: v.custom<object | null>(
    (value) => typeof value === "object" && !Array.isArray(value),
    "Expected an object",
  ),
  currentUser: v.pipe(
    v.object({
      data: v.object({
        ...user.entries,
        relationships: v.object({ org: v.object({ data: v.object({ id }) }) }),
      }),
      included,
    }),
    v.transform(({ data, included }) => {
      const orgId = data.relationships.org.data.id;
      const [org] = namedOrgs([orgId], included);
      return {
        user: toUser(data),
        orgId,
        ...(org?.name !== undefined && { orgName: org.name }),
        // Those of the user's roles; a key or token with scopes may allow less.
        permissions: included.flatMap(({ type, attributes }) =>
          type === "permissions" && attributes?.name ? [attributes.name] : [],
        ),
      };
    }),
  ),
  user: dataOf(v.pipe(user, v.transform(toUser))),
  managedOrgs: v.pipe(
    v.object({
      data: v.object({
        relationships: v.object({
          managed_orgs: v.object({ data: v.array(v.object({ id })) }),
        }),
      }),
      included,
    }),
    v.transform(({ data, included }) =>
      namedOrgs(
        data.relationships.managed_orgs.data.map(({ id }) => id),
        included,
      ),
    ),
  ),
  /** The id of the org that the API key belongs to. */
  validate: v.pipe(
    v.object({ data: v.object({ id }) }),
    v.transform(({ data }) => data.id),
  ),
};

export type ApiCall = keyof typeof answers;

export type Answer<Call extends ApiCall> = v.InferOutput<(typeof answers)[Call]>;

/** One page of the list. */
export type Page = Answer<"list">;

/** The user that credentials act as, with its org. */
export type CurrentUser = Answer<"currentUser">;

const errorAnswer = v.object({
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

/** The messages of an error in Datadog's format; `undefined` for any other body. */
export function errorMessages(body: string): string | undefined {
  const parsed = v.safeParse(errorAnswer, parseJson(body));
  if (!parsed.success) return undefined;
  return withoutUserinfo(parsed.output.errors.join("; ")).slice(0, 500);
}

/** Checks the body of a success. */
export function parseAnswer<Schema extends v.GenericSchema>(
  schema: Schema,
  body: string,
): v.InferOutput<Schema> {
  const json = body === "" ? null : parseJson(body);
  if (v.is(errorAnswer, json) && json.errors.length > 0) {
    throw new ApiError("unexpectedResponse", "Datadog's answer reports success and errors at once");
  }
  const parsed = v.safeParse(schema, json);
  if (parsed.success) return parsed.output;
  if (json === undefined || json === null) {
    throw new ApiError(
      "invalidJson",
      "Datadog's answer isn't valid JSON, although its status reports success",
    );
  }
  throw new ApiError("unexpectedResponse", `Datadog's answer ${unlikeReference(parsed.issues[0])}`);
}

type Issue = v.BaseIssue<unknown>;

/** What is wrong with an answer. The library's own message repeats the value, which may be a secret. */
function unlikeReference(issue: Issue): string {
  const path = v.getDotPath(issue) ?? "the answer";
  const expected =
    issue.kind === "schema" || issue.type === "uuid"
      ? `expected ${issue.expected ?? "a UUID"}`
      : "not valid";
  return `isn't what its API reference describes (${path}: ${expected})`;
}
