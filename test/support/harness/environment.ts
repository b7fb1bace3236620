import { delimiter } from "node:path";
import { orgs } from "../fake-datadog/index.ts";
import type { Installation } from "./install-package.ts";

/** The caller's PATH, without the folders that npm puts there for the clone's own tools. */
export function callersPath(): string[] {
  const folders = process.env["PATH"]?.split(delimiter) ?? [];
  return folders.filter((folder) => !folder.includes("node_modules"));
}

/** The whole environment of a stack's processes. Nothing of the caller's reaches them but PATH. */
export function stackEnvironment(
  { engine, nodeDirectory, env }: Pick<Installation, "engine" | "nodeDirectory" | "env">,
  { home, backend }: { readonly home: string; readonly backend: string },
): Record<string, string> {
  return {
    PATH: [nodeDirectory, ...engine.binDirectories, ...callersPath()].join(delimiter),
    HOME: home,
    PULUMI_HOME: home,
    PULUMI_BACKEND_URL: `file://${backend}`,
    PULUMI_CONFIG_PASSPHRASE: "passphrase",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    // Adds the flag --event-log, which the change summary is read from.
    PULUMI_DEBUG_COMMANDS: "true",
    ...env,
  };
}

/** The environment in which Payments calls the service. */
export function environmentOf({ url }: { url: string }): Record<string, string> {
  return { DD_HOST: url, DD_API_KEY: orgs.payments.apiKey, DD_APP_KEY: orgs.payments.appKey };
}
