import { type Org, orgs } from "./orgs.ts";

export const PATH = "/api/v2/org_connections";

/** The headers that carry an org's keys. */
export const keysOf = ({ apiKey, appKey }: Pick<Org, "apiKey" | "appKey">) => ({
  "dd-api-key": apiKey,
  "dd-application-key": appKey,
});

/** A request of a test; by default, a GET of the org connections by Payments. */
export interface Call {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON, but a string as it is. */
  readonly body?: unknown;
}

export function send(service: { readonly url: string }, call: Call = {}): Promise<Response> {
  const { method = "GET", path = PATH, headers = keysOf(orgs.payments), body } = call;
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return fetch(service.url + path, { method, headers, body: text ?? null });
}

/** Sends a request, and reads the status and the JSON of its answer. */
export async function ask(service: { readonly url: string }, call: Call = {}) {
  const response = await send(service, call);
  const json: unknown = await response.json();
  return { status: response.status, json };
}

export function create(sinkOrgId: string, types: readonly string[] = ["logs"]): Call {
  const attributes = { connection_types: types };
  const relationships = { sink_org: { data: { type: "orgs", id: sinkOrgId } } };
  const body = { data: { type: "org_connection", attributes, relationships } };
  return { method: "POST", body };
}

export function update(id: string, types: readonly string[], idInBody = id): Call {
  const attributes = { connection_types: types };
  const body = { data: { type: "org_connection", id: idInBody, attributes } };
  return { method: "PATCH", path: `${PATH}/${id}`, body };
}

export const remove = (id: string): Call => ({ method: "DELETE", path: `${PATH}/${id}` });
