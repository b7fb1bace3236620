/**
 * Serves one Pulumi program to the engine, as an inline program of the Automation API. It is copied
 * into the project under test, so that program, package and engine library are the project's own.
 * A program runs once in a process: each operation has a process of its own.
 */
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb.js";

// What runs the inline programs of the Automation API; it has no types.
const { LanguageServer } = createRequire(import.meta.url)("@pulumi/pulumi/automation/server.js");
const [, , path = ""] = process.argv;

const server = new Server();
server.addService(LanguageRuntimeService, new LanguageServer(program));
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  process.send?.(port);
});
process.once("disconnect", () => process.exit()); // whoever started this process has what it wanted

/** The program: a function that returns the outputs, or a module whose exports are the outputs. */
async function program(): Promise<Record<string, unknown>> {
  const module: unknown = await import(pathToFileURL(path).href);
  const main = defaultExport(module);
  if (typeof main === "function") return main();
  // A CommonJS module arrives as the default export.
  return { ...(typeof main === "object" && main !== null ? main : Object(module)) };
}

function defaultExport(module: unknown): unknown {
  return typeof module === "object" && module !== null && "default" in module
    ? module.default
    : undefined;
}
