import { setTimeout as sleep } from "node:timers/promises";
import type { HttpBindings } from "@hono/node-server";
import type { MiddlewareHandler } from "hono";
import type { Behaviour } from "./behaviour.ts";
import { parseJson } from "./bodies.ts";
import type { FaultQueue, Misbehaviour } from "./faults.ts";
import { preventsApplying, strike } from "./inject-fault.ts";
import type { RequestLog } from "./log.ts";
import { drawFrom, randomNumbers } from "./random-numbers.ts";
import type { RateLimiter } from "./rate-limiter.ts";
import type { World } from "./store.ts";

/** What stands in front of the endpoints. */
export interface Front {
  readonly log: RequestLog;
  readonly limiter: RateLimiter;
  readonly faults: FaultQueue;
  /** The fault of a request that no scripted one waits for, if it meets one. */
  readonly randomFault: () => Misbehaviour | undefined;
}

/** Logs each request, refuses it beyond the limit, lets it meet its fault, and delays its answer. */
export function front(
  world: World,
  behaviour: Behaviour,
  { log, limiter, faults, randomFault }: Front,
): MiddlewareHandler<{ Bindings: HttpBindings }> {
  const random = randomNumbers(1);
  return async (c, next) => {
    const headers = c.req.header();
    const { orgId } = world.identify(headers);
    const org = orgId === undefined ? undefined : world.org(orgId);
    const arrival = { method: c.req.method, path: c.env.incoming.url ?? "/", org };
    const body = parseJson(await c.req.text());
    const { isTooMany, headers: limitHeaders } = limiter.count(org?.id ?? "nobody");
    const fault = isTooMany ? undefined : (faults.take(arrival) ?? randomFault());
    const settle = log.add({ ...arrival, org: org?.name, headers, body, fault: fault?.kind });

    await behaviour.beforeApply?.({ ...arrival, body });
    if (isTooMany) c.res = Response.json({ errors: ["Too many requests"] }, { status: 429 });
    else if (!fault || !preventsApplying(fault)) await next();
    for (const [name, value] of Object.entries(limitHeaders)) c.res.headers.set(name, value);
    if (behaviour.now !== Date.now)
      c.res.headers.set("date", new Date(behaviour.now()).toUTCString());
    const latency = drawFrom(behaviour.latencyMs, random);
    if (latency > 0) await sleep(latency, undefined, { ref: false });
    await behaviour.beforeAnswer?.({ ...arrival, body });
    const { response, status } = await strike(fault, c.res, c.env.outgoing);
    settle(status);
    if (response !== c.res) c.res = response; // Hono copies what it is given
  };
}
