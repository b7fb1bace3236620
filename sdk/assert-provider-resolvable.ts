import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, isAbsolute, join } from "node:path";
import * as pulumi from "@pulumi/pulumi";

let checked = false;

/**
 * Looks once in a process whether the engine will find what the provider text names. It looks from
 * the program's folder, wherever this class was loaded from, and where it finds nothing it ends in
 * "Cannot find module" and a stack.
 *
 * Only a program that the Pulumi CLI started knows its folder. For an inline program of the
 * Automation API it is most often the working directory; a wrong refusal being worse than a late
 * one, such a program is only warned. A unit test has no engine, so nothing to look for.
 *
 * @throws RunError that says what to do; the engine prints its message alone.
 */
export function assertProviderResolvable(): void {
  if (checked) return;
  const root = pulumi.getRootDirectory();
  // Where the CLI told no folder, Pulumi answers with a word in its place.
  if (isAbsolute(root)) refuseUnreachable(root);
  else if (pulumi.runtime.getEngine() !== undefined) warnOfUnreachable();
  checked = true;
}

function refuseUnreachable(root: string): void {
  if (isBunWithoutNode()) {
    throw new pulumi.RunError(
      "Pulumi runs the provider of org connections in Node.js, also where Bun runs the program, " +
        "and there is no node on PATH. Install Node.js 24.5 or newer.",
    );
  }
  // The folder of Pulumi.yaml counts too: a program may have changed its working directory.
  if (resolvesFrom(process.cwd()) || resolvesFrom(root)) return;
  throw new pulumi.RunError(
    "The Pulumi engine loads the provider of org connections from the program's folder, and the " +
      `package pulumi-datadog-org-connections can't be found from ${process.cwd()}. ` +
      "Add it to the dependencies of the program's own package.json and install.",
  );
}

function warnOfUnreachable(): void {
  if (resolvesFrom(process.cwd())) return;
  void pulumi.log.warn(
    "The package pulumi-datadog-org-connections can't be found from the working directory " +
      `${process.cwd()}, from where the Pulumi engine loads the provider of org connections, ` +
      'unless the project\'s "main" names another folder. If this ends in "Cannot find module", ' +
      "start the program in the folder of its package.json.",
  );
}

function resolvesFrom(folder: string): boolean {
  try {
    createRequire(join(folder, "program.js")).resolve("pulumi-datadog-org-connections/provider");
    return true;
  } catch {
    return false;
  }
}

/** Whether Bun runs the program, and nothing is there to run the provider. */
function isBunWithoutNode(): boolean {
  if (process.versions["bun"] === undefined) return false;
  const executable = process.platform === "win32" ? "node.exe" : "node";
  const places = process.env["PATH"]?.split(delimiter) ?? [];
  return !places.some((place) => existsSync(join(place, executable)));
}
