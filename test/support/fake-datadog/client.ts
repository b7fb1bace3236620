import { z } from "zod";
import type { Org } from "./orgs.ts";

/** The path of the org connections. */
export const PATH = "/api/v2/org_connections";

/** The headers that carry an org's keys. */
export const keysOf = ({ apiKey, appKey }: Pick<Org, "apiKey" | "appKey">) => ({
  "dd-api-key": apiKey,
  "dd-application-key": appKey,
});

/** Where the service listens. */
interface Service {
  readonly url: string;
}

/** A request of a test; a GET of the org connections unless told. */
export interface Call {
  readonly method?: string;
  readonly path?: string;
  readonly headers: Record<string, string>;
  /** Sent as JSON, but a string as it is. */
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

export function send(service: Service, call: Call): Promise<Response> {
  const { method = "GET", path = PATH, headers, body, signal } = call;
  return fetch(service.url + path, {
    method,
    headers: { accept: "application/json", "content-type": "application/json", ...headers },
    body: body === undefined ? null : typeof body === "string" ? body : JSON.stringify(body),
    signal: signal ?? null,
    redirect: "manual",
  });
}

/** Sends a request, and reads the status and the JSON of its answer. */
export async function ask(
  service: Service,
  call: Call,
): Promise<{ status: number; json: unknown }> {
  const response = await send(service, call);
  return { status: response.status, json: await response.json() };
}

const listing = z.object({
  data: z.array(
    z.object({
      id: z.string(),
      attributes: z.object({ connection_types: z.array(z.string()) }),
      relationships: z.object({
        source_org: z.object({ data: z.object({ name: z.string() }) }),
      }),
    }),
  ),
  meta: z.object({ page: z.unknown() }),
});

/** Lists the connections that an org sees: column by column, and the counts. */
export async function list(service: Service, org: Org, query = "") {
  const answer = await ask(service, { headers: keysOf(org), path: PATH + query });
  const { data, meta } = listing.parse(answer.json);
  return {
    ids: data.map(({ id }) => id),
    types: data.map(({ attributes }) => attributes.connection_types),
    sources: data.map(({ relationships }) => relationships.source_org.data.name),
    page: meta.page,
  };
}

/** The body of a POST. */
export const creation = (sinkOrgId: string, types: readonly unknown[]) => ({
  data: {
    type: "org_connection",
    attributes: { connection_types: types },
    relationships: { sink_org: { data: { type: "orgs", id: sinkOrgId } } },
  },
});

/** The body of a PATCH. */
export const change = (id: string, types: readonly unknown[]) => ({
  data: { type: "org_connection", id, attributes: { connection_types: types } },
});
