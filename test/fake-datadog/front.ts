import { setTimeout as sleep } from "node:timers/promises";
import type { HttpBindings } from "@hono/node-server";
import type { MiddlewareHandler } from "hono";
import { parseJson } from "./bodies.ts";
import type { FaultQueue, Misbehaviour } from "./faults.ts";
import type { RequestLog } from "./log.ts";
import { afterApplying, beforeApplying } from "./misbehave.ts";
import type { RateLimiter } from "./rate-limiter.ts";
import type { World } from "./world.ts";

/** What stands in front of the endpoints. */
export interface Front {
  readonly log: RequestLog;
  readonly limiter: RateLimiter;
  readonly faults: FaultQueue;
  /** The fault of a request that no scripted one waits for, if it meets one. */
  readonly randomFault: () => Misbehaviour | undefined;
  /** The milliseconds to add to an answer that is due now. */
  readonly latency: () => number;
}

/** Logs each request, refuses it beyond the limit, lets it meet its fault, and delays its answer. */
export function front(
  world: World,
  { log, limiter, faults, randomFault, latency }: Front,
): MiddlewareHandler<{ Bindings: HttpBindings }> {
  return async (c, next) => {
    const headers = c.req.header();
    const { orgId } = world.keyring.identify(headers);
    const org = orgId === undefined ? undefined : world.org(orgId);
    const arrival = { method: c.req.method, path: c.env.incoming.url ?? "/", org };
    const body = parseJson(await c.req.text());
    const { isTooMany, headers: limitHeaders } = limiter.count(org?.id ?? "nobody");
    const fault = isTooMany ? undefined : (faults.take(arrival) ?? randomFault());
    const settle = log.add({ ...arrival, org: org?.name, headers, body, fault: fault?.kind });

    let outcome = fault && beforeApplying(fault, c.env.outgoing);
    if (isTooMany) c.res = Response.json({ errors: ["Too many requests"] }, { status: 429 });
    else if (!outcome) await next();
    for (const [name, value] of Object.entries(limitHeaders)) c.res.headers.set(name, value);
    if (latency() > 0) await sleep(latency(), undefined, { ref: false });
    outcome ??= await afterApplying(fault, c.res, c.env.outgoing);
    settle(outcome.status);
    c.res = outcome.response;
  };
}
