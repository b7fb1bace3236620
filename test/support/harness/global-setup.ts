import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { ensureEngine, withYamlHost } from "../engine/engine.ts";
import {
  buildPlugin,
  type Installation,
  installPackage,
  installPlugin,
  removeInstallation,
} from "./install-package.ts";
import { startVault } from "./vault.ts";

declare module "vitest" {
  interface ProvidedContext {
    installation: Installation;
    plugin: string;
  }
}

/**
 * Gives all test files one engine with the installed package and its plugin, `inject("installation")`,
 * and one executable of the plugin, `inject("plugin")`.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const log = (line: string): void => console.log(line);
  const engine = await withYamlHost(await ensureEngine(log), log);
  const installed = await installPackage(engine, log);
  const vault = await startVault();
  // They let the same processes do the same with a third less of the processor's time.
  const env = {
    GOGC: "400", // the engine collects garbage less often
    NODE_COMPILE_CACHE: join(installed.home, "compile-cache"), // Node.js compiles the packages once
    ...vault.env,
  };
  const installation = { ...installed, env };
  await installPlugin(installation);
  project.provide("installation", installation);
  project.provide("plugin", await buildPlugin(log));
  return () => {
    vault.stop();
    return removeInstallation(installation);
  };
}
