/**
 * Serves Pulumi programs to the engine, one after the other, as inline programs of the Automation
 * API. It is copied into the project under test, so that program, package and engine library are the
 * project's own. Packages are loaded once; a program's main file, and what it requires from its own
 * folder (not what it imports), is loaded for each operation.
 */
import { createRequire } from "node:module";
import { sep } from "node:path";
import { pathToFileURL } from "node:url";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb.js";

interface Operation {
  /** Path of the program. */
  readonly program: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

const require = createRequire(import.meta.url);
// What runs the inline programs of the Automation API; it has no types.
const { LanguageServer } = require("@pulumi/pulumi/automation/server.js");

let operations = 0;
let server: Server | undefined;

process.on("message", ({ program, cwd, env }: Operation) => {
  operations += 1;
  server?.forceShutdown();
  process.chdir(cwd);
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, env);
  const folder = process.cwd() + sep; // without symbolic links, as in the cache
  for (const file of Object.keys(require.cache)) {
    if (file.startsWith(folder)) delete require.cache[file];
  }
  server = new Server();
  server.addService(LanguageRuntimeService, new LanguageServer(() => run(program)));
  server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
    if (error) throw error;
    process.send?.(port);
  });
});
process.once("disconnect", () => process.exit()); // the process that started this one is done

/** Runs a function that returns the outputs, or loads a module whose exports are the outputs. */
async function run(program: string): Promise<Record<string, unknown>> {
  const url = `${pathToFileURL(program).href}?operation=${operations}`;
  const module: { readonly default?: unknown } = await import(url);
  const main = module.default;
  if (typeof main === "function") return main();
  return { ...Object(main ?? module) }; // the default export of a CommonJS module is all of it
}
