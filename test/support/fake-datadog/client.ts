import type { Org } from "./orgs.ts";

export const PATH = "/api/v2/org_connections";

/** The headers that carry an org's keys. */
export const keysOf = ({ apiKey, appKey }: Pick<Org, "apiKey" | "appKey">) => ({
  "dd-api-key": apiKey,
  "dd-application-key": appKey,
});

/** A request of a test; a GET of the org connections by default. */
export interface Call {
  readonly method?: string;
  readonly path?: string;
  readonly headers: Record<string, string>;
  /** Sent as JSON, but a string as it is. */
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

export function send(service: { readonly url: string }, call: Call): Promise<Response> {
  const { method = "GET", path = PATH, headers, body, signal = null } = call;
  return fetch(service.url + path, {
    method,
    headers: { "content-type": "application/json", ...headers },
    body: body === undefined ? null : typeof body === "string" ? body : JSON.stringify(body),
    signal,
    redirect: "manual",
  });
}

/** Sends a request, and reads the status and the JSON of its answer. */
export async function ask(service: { readonly url: string }, call: Call) {
  const response = await send(service, call);
  const json: unknown = await response.json();
  return { status: response.status, json };
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
