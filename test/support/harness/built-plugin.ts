import { join, resolve } from "node:path";
import type { Log } from "../engine/build.ts";
import { succeed } from "../engine/run-command.ts";

const repository = resolve(import.meta.dirname, "../../..");

/**
 * Builds the plugin's executable from what `installPackage` built; returns its path. As in a release,
 * it has the Node.js of the development dependency, whichever one runs the tests.
 */
export async function buildPlugin(log: Log): Promise<string> {
  log("Building the plugin's executable.");
  await succeed(join(repository, "node_modules/.bin/node"), ["tools/build-plugin.ts"], {
    cwd: repository,
  });
  const suffix = process.platform === "win32" ? ".exe" : "";
  return join(repository, `build/pulumi-resource-datadog-org-connections${suffix}`);
}
