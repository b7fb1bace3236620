import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

interface Org {
  readonly id: string;
  readonly name: string;
  readonly apiKey: string;
  readonly appKey: string;
}

/** A change that somebody makes by hand. */
type Change =
  | { readonly action: "setTypes"; readonly id: string; readonly types: readonly string[] }
  | { readonly action: "remove"; readonly id: string };

/** The fake Datadog as a process of its own. */
export interface FakeProcess {
  readonly url: string;
  org(name: string): Org;
  byHand(change: Change): Promise<void>;
  /** The requests since the last call: `POST /api/v2/org_connections`. */
  takeRequests(): Promise<string[]>;
  stop(): Promise<void>;
}

export async function startFakeProcess(): Promise<FakeProcess> {
  const main = join(import.meta.dirname, "../../test/support/fake-datadog/main.ts");
  const child = spawn(process.execPath, [main], { stdio: ["pipe", "pipe", "inherit"] });
  const [line] = await once(createInterface(child.stdout), "line");
  const { url, orgs }: { url: string; orgs: Org[] } = JSON.parse(line);
  return {
    url,
    org(name) {
      const found = orgs.find((org) => org.name === name);
      if (found === undefined) throw new Error(`the fake Datadog has no org ${name}`);
      return found;
    },
    async byHand(change) {
      await fetch(`${url}/_fake/hand`, { method: "POST", body: JSON.stringify(change) });
    },
    async takeRequests() {
      const response = await fetch(`${url}/_fake/requests`);
      const requests: { method: string; path: string }[] = JSON.parse(await response.text());
      await fetch(`${url}/_fake/requests`, { method: "DELETE" });
      return requests.map(({ method, path }) => `${method} ${path}`);
    },
    async stop() {
      child.stdin.end();
      await once(child, "exit");
    },
  };
}
