import type { TestProject } from "vitest/node";
import { ensureEngine } from "../engine/engine.ts";
import { type Installation, installPackage, removeInstallation } from "./install-package.ts";

declare module "vitest" {
  interface ProvidedContext {
    installation: Installation;
  }
}

/** Gives all test files one engine and one installed package: `inject("installation")`. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const log = (line: string): void => console.log(line);
  const installation = await installPackage(await ensureEngine(log), log);
  project.provide("installation", installation);
  return () => removeInstallation(installation);
}
