import * as v from "valibot";
import { type Connection, normalizeTypes } from "./connection";

const text = v.pipe(v.string(), v.nonEmpty());
const id = v.pipe(text, v.toLowerCase());

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

/** One page of the list; `total` is missing if the answer has none. */
export const listAnswer = v.pipe(
  v.object({
    data: v.array(connection),
    meta: v.nullish(
      v.object({ page: v.nullish(v.object({ total_filtered_count: v.nullish(count) })) }),
    ),
  }),
  v.transform(({ data, meta }) => ({
    connections: data,
    total: meta?.page?.total_filtered_count ?? undefined,
  })),
);

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
