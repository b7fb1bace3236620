import { chmod, mkdir, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { getRequestListener } from "@hono/node-server";
import { type Context, Hono } from "hono";
import { z } from "zod";

/** An issue of a project. */
export interface Issue {
  readonly number: number;
  readonly title: string;
  readonly label: string;
  body: string;
  open: boolean;
  readonly comments: string[];
}

/** Sends what it is called with to the tracker. */
const GH = `#!/usr/bin/env node
const args = process.argv.slice(2);
const file = args[args.indexOf("--body-file") + 1];
const body = args.includes("--body-file") ? require("node:fs").readFileSync(file, "utf8") : "";
const request = { method: "POST", body: JSON.stringify({ args, body, token: process.env.GH_TOKEN }) };
fetch(process.env.GH_STAND_IN, request).then(async (answer) => {
  process.stdout.write(await answer.text());
  process.exitCode = answer.ok ? 0 : 1;
});
`;

const ghCall = z.object({ args: z.array(z.string()), body: z.string(), token: z.string() });

/**
 * The issues of one project, as far as the example's pipelines use them: through a stand-in of the
 * command `gh`, and through GitLab's API.
 */
export class IssueTracker {
  /** What calls must be authorized with. */
  readonly token = "token-for-issues";
  /** Every issue there ever was, oldest first. */
  readonly issues: Issue[] = [];
  readonly #labels = new Set<string>();
  readonly #server: Server;

  private constructor() {
    const app = new Hono();
    app.post("/gh", async (context) => this.#gh(context));
    app.use("/projects/*", async (context, next) => {
      if (context.req.header("private-token") !== this.token) return context.text("", 401);
      return next();
    });
    app.get("/projects/7/issues", (context) => {
      const { labels = "", state } = context.req.query();
      const found = state === "opened" ? this.#openOnes(labels) : this.issues;
      return context.json(found.map(({ number, title }) => ({ iid: number, title })));
    });
    app.post("/projects/7/issues", async (context) => {
      const { title, labels, description } = await form(context);
      return context.json({ iid: this.#open(title, labels, description).number }, 201);
    });
    app.put("/projects/7/issues/:number", async (context) => {
      const issue = this.#issue(context.req.param("number"));
      const { description, state_event } = await form(context);
      if (description !== undefined) issue.body = description;
      if (state_event === "close") issue.open = false;
      return context.json({});
    });
    app.post("/projects/7/issues/:number/notes", async (context) => {
      const { body = "" } = await form(context);
      this.#issue(context.req.param("number")).comments.push(body);
      return context.json({}, 201);
    });
    const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false });
    this.#server = createServer(listener);
  }

  static async start(): Promise<IssueTracker> {
    const tracker = new IssueTracker();
    await new Promise<void>((resolve) => tracker.#server.listen(0, "127.0.0.1", resolve));
    return tracker;
  }

  /** The base address of GitLab's API; the project is the one of the id 7. */
  get url(): string {
    const address: AddressInfo | string | null = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("the tracker is closed");
    return `http://127.0.0.1:${address.port}`;
  }

  /** Lays a stand-in of `gh` into a folder. It finds the tracker by GH_STAND_IN. */
  async layGh(folder: string): Promise<void> {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "gh"), GH);
    await chmod(join(folder, "gh"), 0o755);
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  async #gh(context: Context): Promise<Response> {
    const { args, body, token } = ghCall.parse(await context.req.json());
    if (token !== this.token) return context.text("", 401);
    const text = { type: "string" } as const;
    const { positionals, values } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        ...{ label: text, state: text, limit: text, json: text, jq: text },
        ...{ title: text, "body-file": text, comment: text },
        ...{ force: { type: "boolean" }, color: text, description: text },
      },
    });
    const [noun, verb, subject = ""] = positionals;
    switch (`${noun} ${verb}`) {
      case "issue list":
        return context.text(
          this.#openOnes(values.label)
            .map(({ number }) => `${number}\n`)
            .join(""),
        );
      case "label create":
        this.#labels.add(subject);
        return context.text("");
      case "issue create":
        if (!this.#labels.has(values.label ?? "")) return context.text("no such label", 404);
        this.#open(values.title, values.label, body);
        return context.text("");
      case "issue edit":
        this.#issue(subject).body = body;
        return context.text("");
      case "issue close":
        this.#issue(subject).comments.push(values.comment ?? "");
        this.#issue(subject).open = false;
        return context.text("");
      default:
        return context.text("no such command", 400);
    }
  }

  #openOnes(label: string | undefined): Issue[] {
    return this.issues.filter((issue) => issue.open && issue.label === label);
  }

  #open(title = "", label = "", body = ""): Issue {
    const number = this.issues.length + 1;
    const issue = { number, title, label, body, open: true, comments: [] };
    this.issues.push(issue);
    return issue;
  }

  #issue(number: string): Issue {
    const issue = this.issues[Number(number) - 1];
    if (issue === undefined) throw new Error(`there is no issue ${number}`);
    return issue;
  }
}

/** The fields of an urlencoded body. */
async function form(context: Context): Promise<Readonly<Record<string, string | undefined>>> {
  return Object.fromEntries(new URLSearchParams(await context.req.text()));
}
