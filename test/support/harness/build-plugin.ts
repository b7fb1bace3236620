import { join, resolve } from "node:path";
import type { Log } from "../engine/engine.ts";
import { succeed } from "../engine/run-command.ts";

const repository = resolve(import.meta.dirname, "../../..");

/** Builds the plugin's executable from what `installPackage` built; returns its path. */
export async function buildPlugin(log: Log): Promise<string> {
  log("Building the plugin's executable.");
  await succeed(process.execPath, ["tools/build-plugin.ts"], { cwd: repository });
  const suffix = process.platform === "win32" ? ".exe" : "";
  return join(repository, `build/pulumi-resource-datadog-org-connections${suffix}`);
}
