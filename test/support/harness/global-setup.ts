import { join, resolve } from "node:path";
import type { TestProject } from "vitest/node";
import { ensureEngine } from "../engine/engine.ts";
import { succeed } from "../engine/run-command.ts";
import { type Installation, installPackage, removeInstallation } from "./install-package.ts";

declare module "vitest" {
  interface ProvidedContext {
    installation: Installation;
    plugin: string;
  }
}

const repository = resolve(import.meta.dirname, "../../..");

/**
 * Gives all test files one engine, one installed package, `inject("installation")`, and one
 * executable of the plugin, `inject("plugin")`.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const log = (line: string): void => console.log(line);
  const installation = await installPackage(await ensureEngine(log), log);
  project.provide("installation", installation);
  project.provide("plugin", await buildPlugin(log));
  return () => removeInstallation(installation);
}

/** Builds the plugin's executable from what `installPackage` built; returns its path. */
async function buildPlugin(log: (line: string) => void): Promise<string> {
  log("Building the plugin's executable.");
  await succeed(process.execPath, ["tools/build-plugin.ts"], { cwd: repository });
  const suffix = process.platform === "win32" ? ".exe" : "";
  return join(repository, `build/pulumi-resource-datadog-org-connections${suffix}`);
}
