import { once } from "node:events";
import { createServer } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { TestProject } from "vitest/node";
import { ensureEngine, withYamlHost } from "../engine/engine.ts";
import {
  buildPlugin,
  type Installation,
  installPackage,
  installPlugin,
  removeInstallation,
} from "./install-package.ts";

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
  // These variables save a third of the processor's time.
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
    vault.server.close();
    return removeInstallation(installation);
  };
}

/**
 * Starts a fake Vault, which returns the key of a stack's secrets. From a passphrase, each command would
 * derive that key anew: half of the processor's time of a short command.
 */
async function startVault() {
  const server = createServer(async (request, response) => {
    const { plaintext, ciphertext } = JSON.parse(await text(request));
    response.end(JSON.stringify({ data: { plaintext: ciphertext, ciphertext: plaintext } }));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = Object(server.address());
  return {
    server,
    /** The variables with which the engine finds it. */
    env: { VAULT_SERVER_URL: `http://127.0.0.1:${port}`, VAULT_SERVER_TOKEN: "token" },
  };
}
