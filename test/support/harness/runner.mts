/**
 * Runs one operation of a stack that needs its program, as an inline program of the Automation API.
 * It is copied into the project under test, so that program, package and engine library are the
 * project's own. A program runs once in a process: each operation is a process.
 */
import { pathToFileURL } from "node:url";
import {
  CommandError,
  type EngineEvent,
  LocalWorkspace,
  type PreviewOptions,
  type Stack,
} from "@pulumi/pulumi/automation/index.js";
import type { Changes, RunnerReply, RunnerRequest, Step } from "./protocol.ts";

let changes: Changes = {};
const steps: Step[] = [];

const request: RunnerRequest = JSON.parse(process.argv[2] ?? "{}");
const { stackName, projectName } = request;
const stack = await LocalWorkspace.selectStack(
  { stackName, projectName, program },
  { workDir: process.cwd() },
);
try {
  const outputs = await run(stack);
  process.send?.({ outputs, changes, steps } satisfies RunnerReply);
} catch (error) {
  if (!(error instanceof CommandError)) throw error;
  // What the user sees of it was printed as it came; the error only repeats it.
  process.send?.({ outputs: {}, changes, steps } satisfies RunnerReply);
  process.exitCode = exitCodeOf(error);
}

/** The program: a function that returns the outputs, or a module whose exports are the outputs. */
async function program(): Promise<Record<string, unknown>> {
  const module: unknown = await import(pathToFileURL(request.program).href);
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

async function run(stack: Stack): Promise<Record<string, unknown>> {
  const { operation, refresh, previewOnly, expectNoChanges, diff, color } = request;
  const replace = [...request.replace];
  const options = {
    color,
    diff,
    expectNoChanges,
    onOutput: (text: string) => void process.stdout.write(text),
    onError: (text: string) => void process.stderr.write(text),
    onEvent: ({ summaryEvent, resourcePreEvent }: EngineEvent) => {
      if (summaryEvent) changes = { ...summaryEvent.resourceChanges };
      if (resourcePreEvent) {
        const { op: operation, urn } = resourcePreEvent.metadata;
        steps.push({ operation, urn });
      }
    },
  } satisfies PreviewOptions;
  if (operation === "refresh") {
    if (previewOnly) await stack.previewRefresh({ ...options, runProgram: true });
    else await stack.refresh({ ...options, runProgram: true });
    return {};
  }
  if (operation === "preview") {
    await stack.preview({ ...options, refresh, replace });
    return {};
  }
  const { outputs } = await stack.up({ ...options, refresh, replace });
  return Object.fromEntries(Object.entries(outputs).map(([name, { value }]) => [name, value]));
}

// The error has no other place for the exit code.
function exitCodeOf(error: CommandError): number {
  return Number(/exit code (\d+)/.exec(error.message)?.[1] ?? 1);
}
