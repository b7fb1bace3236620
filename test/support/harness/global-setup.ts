import type { TestProject } from "vitest/node";
import { ensureEngine } from "../engine/engine.ts";
import { buildPlugin } from "./build-plugin.ts";
import { type Installation, installPackage, removeInstallation } from "./install-package.ts";

declare module "vitest" {
  interface ProvidedContext {
    installation: Installation;
    plugin: string;
  }
}

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
