import { Hono } from "hono";
import { z } from "zod";
import { parseJson } from "./bodies.ts";
import type { RequestLog } from "./log.ts";
import type { World } from "./store.ts";

const handBody = z.discriminatedUnion("action", [
  z.object({ action: z.literal("setTypes"), id: z.string(), types: z.array(z.string()) }),
  z.object({ action: z.literal("remove"), id: z.string() }),
]);

/** The control API, for a person or a process that has only the address: see the README. */
export function control(world: World, log: RequestLog): Hono {
  const app = new Hono();
  app.get("/requests", (c) => c.json(log.all()));
  app.delete("/requests", (c) => {
    log.clear();
    return c.json({});
  });
  app.post("/hand", async (c) => {
    const change = handBody.parse(parseJson(await c.req.text()));
    const connection = world.connection(change.id);
    if (change.action === "remove") world.connections.remove(connection);
    else world.connections.setTypes(connection, change.types);
    return c.json({});
  });
  app.onError((error, c) => c.json({ errors: [error.message] }, 400));
  return app;
}
