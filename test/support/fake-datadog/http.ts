import type { Context } from "hono";
import type { Org } from "./orgs.ts";
import type { Grant, Store } from "./store.ts";

/** An answer that reports an error: its status, and the one text of its `errors`. */
export class HttpError extends Error {
  readonly status: 400 | 401 | 403 | 404 | 409;

  constructor(status: HttpError["status"], text: string) {
    super(text);
    this.status = status;
  }
}

export const unauthorized = () => new HttpError(401, "Unauthorized");
export const forbidden = () => new HttpError(403, "Forbidden");
export const notFound = () => new HttpError(404, "Not found");

/**
 * The sender of a request, if their access is one of `allowed`.
 *
 * A guess: the reference has both 401 and 403, and doesn't say which is for what. Here, 401 means that
 * a key is missing, or that no org has this API key or token.
 */
export function authorize(
  store: Store,
  c: Context,
  allowed: readonly Grant["access"][],
): Grant & { readonly org: Org } {
  const { orgId, isComplete, grant } = store.identify(c.req.header());
  if (orgId === undefined || !isComplete) throw unauthorized();
  if (!grant || !allowed.includes(grant.access)) throw forbidden();
  return { ...grant, org: store.org(orgId) };
}

/** The JSON of a body, or undefined if it has none. */
export function parseJson(text: string): unknown {
  if (text === "") return undefined; // faster than to throw, and most requests have no body
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A JSON:API resource. */
export const resource = (type: string, id: string, attributes: object) => ({
  type,
  id,
  attributes,
});
