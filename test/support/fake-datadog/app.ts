import type { HttpBindings } from "@hono/node-server";
import { Hono } from "hono";
import type { Behaviour } from "./behaviour.ts";
import { control } from "./control.ts";
import { Refusal } from "./http-errors.ts";
import { type Front, front } from "./middleware.ts";
import { routes } from "./routes.ts";
import { Rules } from "./rules.ts";
import type { World } from "./store.ts";

/** The whole HTTP application. */
export function createApp(world: World, behaviour: Behaviour, parts: Front) {
  const app = new Hono<{ Bindings: HttpBindings }>();
  // Ahead of the front, so that looking at the log is not logged.
  app.route("/_fake", control(world, parts.log));
  app.use(front(world, behaviour, parts));
  app.route("/", routes(world, new Rules(world, behaviour), behaviour));
  app.notFound((c) => c.json({ errors: ["Not found"] }, 404));
  app.onError((error, c) => {
    if (error instanceof Refusal) return c.json({ errors: [error.message] }, error.status);
    console.error(error);
    return c.json({ errors: ["Internal server error"] }, 500);
  });
  return app;
}
