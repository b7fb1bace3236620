import { z } from "zod";
import { invalidInput, notAUuid } from "./http-errors.ts";

/** What a client asks for with POST. */
export interface CreateRequest {
  readonly sinkOrgId: string;
  readonly types: readonly string[];
}

/** What a client asks for with PATCH. */
export interface UpdateRequest {
  readonly id: string;
  readonly types: readonly string[];
}

const attributes = z.object({ connection_types: z.array(z.string()).min(1) });
const sinkOrg = z.object({ data: z.object({ type: z.literal("orgs"), id: z.string() }) });

const createBody = z.object({
  data: z.object({
    type: z.literal("org_connection"),
    attributes,
    relationships: z.object({ sink_org: sinkOrg }),
  }),
});

const updateBody = z.object({
  data: z.object({ type: z.literal("org_connection"), id: z.string(), attributes }),
});

export function readCreate(text: string): CreateRequest {
  const { data } = read(createBody, text);
  return {
    sinkOrgId: data.relationships.sink_org.data.id,
    types: data.attributes.connection_types,
  };
}

export function readUpdate(text: string): UpdateRequest {
  const { data } = read(updateBody, text);
  return { id: data.id, types: data.attributes.connection_types };
}

/** The JSON of a request's body, or undefined where there is none. */
export function parseJson(text: string): unknown {
  if (text === "") return undefined; // quicker than to throw, and most requests have no body
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A connection id from a path. Org ids and connection ids are UUIDs of any version. */
export function readId(id: string): string {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)) throw notAUuid();
  return id.toLowerCase();
}

function read<T>(schema: z.ZodType<T>, text: string): T {
  const result = schema.safeParse(parseJson(text));
  if (!result.success) throw invalidInput();
  return result.data;
}
