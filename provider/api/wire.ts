import { z } from "zod";
import type { Connection } from "./connection";

/** Whoever takes part may be missing from an answer, at each level. */
const party = z
  .object({ data: z.object({ id: z.string().min(1), name: z.string().nullish() }).nullish() })
  .nullish()
  .transform((value) => value?.data && { id: value.data.id, name: value.data.name ?? undefined })
  .transform((value) => value ?? undefined);

const connection = z
  .object({
    type: z.literal("org_connection"),
    id: z.string().min(1),
    attributes: z.object({ connection_types: z.array(z.string()), created_at: z.string().min(1) }),
    relationships: z.object({ source_org: party, sink_org: party, created_by: party }),
  })
  .transform(
    ({ id, attributes, relationships }): Connection => ({
      id,
      connectionTypes: attributes.connection_types,
      createdAt: attributes.created_at,
      sourceOrg: relationships.source_org,
      sinkOrg: relationships.sink_org,
      createdBy: relationships.created_by,
    }),
  );

/** The answer to create and update. */
export const connectionAnswer = z.object({ data: connection }).transform(({ data }) => data);

/** One page of the list; `total` is absent where the service names none. */
export const listAnswer = z
  .object({
    data: z.array(connection),
    meta: z
      .object({
        page: z.object({ total_filtered_count: z.int().nonnegative().nullish() }).nullish(),
      })
      .nullish(),
  })
  .transform(({ data, meta }) => ({
    connections: data,
    total: meta?.page?.total_filtered_count ?? undefined,
  }));

/** The answer to delete: `{}` was seen, and the reference names no body. */
export const deleteAnswer = z.object({}).nullable();

/** The answer to `GET /api/v2/validate`: the org that the API key belongs to. */
export const validateAnswer = z
  .object({ data: z.object({ id: z.string().min(1) }) })
  .transform(({ data }) => data.id);

/** The answer of every refused request. */
export const errorAnswer = z.object({
  errors: z.array(
    z.union([
      z.string(),
      z
        .object({ title: z.string().optional(), detail: z.string().optional() })
        .transform(({ title, detail }) => [title, detail].filter(Boolean).join(": ")),
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
