import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, isAbsolute, join } from "node:path";
import * as pulumi from "@pulumi/pulumi";

let checked = false;

/**
 * Checks, once in a process, that the engine can find the module that the provider text names. The
 * engine resolves it from the program's folder, wherever this class was loaded from.
 *
 * Only a program that the Pulumi CLI started knows its folder. For an inline program of the
 * Automation API, it is usually the working directory, so such a program only gets a warning. A unit
 * test has no engine, so it gets none.
 *
 * @throws RunError that says what to do; the engine prints its message alone.
 */
export function assertProviderResolvable(): void {
  if (checked) return;
  const folder = process.cwd();
  const root = pulumi.getRootDirectory();
  const isOfCli = isAbsolute(root); // If the CLI didn't pass a folder, this isn't a path.
  if (isOfCli && isBunWithoutNode()) {
    throw new pulumi.RunError(
      "Pulumi runs the provider of org connections in Node.js, even if Bun runs the program, " +
        "but node isn't on PATH. Install Node.js 24.5 or newer.",
    );
  }
  // Also try the folder of Pulumi.yaml: a program may have changed its working directory.
  const isResolvable = resolvesFrom(folder) || (isOfCli && resolvesFrom(root));
  if (!isResolvable && isOfCli) {
    throw new pulumi.RunError(
      "The Pulumi engine loads the provider of org connections from the program's folder, but the " +
        `package pulumi-datadog-org-connections can't be found from ${folder}. ` +
        "Add it to the dependencies of the program's own package.json and install.",
    );
  }
  if (!isResolvable && pulumi.runtime.getEngine() !== undefined) {
    void pulumi.log.warn(
      "The package pulumi-datadog-org-connections can't be found from the working directory " +
        `${folder}, from which the Pulumi engine loads the provider of org connections, ` +
        'unless the project\'s "main" names another folder. If this ends in "Cannot find module", ' +
        "start the program in the folder of its package.json.",
    );
  }
  checked = true;
}

function resolvesFrom(folder: string): boolean {
  try {
    createRequire(join(folder, "program.js")).resolve("pulumi-datadog-org-connections/provider");
    return true;
  } catch {
    return false;
  }
}

/** Whether Bun runs the program, and there is no Node.js to run the provider. */
function isBunWithoutNode(): boolean {
  if (process.versions["bun"] === undefined) return false;
  const executable = process.platform === "win32" ? "node.exe" : "node";
  const folders = process.env["PATH"]?.split(delimiter) ?? [];
  return !folders.some((folder) => existsSync(join(folder, executable)));
}
