import { spawn } from "node:child_process";
import { join } from "node:path";
import { succeed } from "../../test/support/engine/run-command.ts";
import type { Installation } from "../../test/support/harness/install-package.ts";
import { median } from "./median.ts";

/** Milliseconds that a start takes. Entries: loading one, beyond what is loaded before it. */
export interface Startup {
  /** `require("…/provider").handler()` in the process of the dynamic provider. */
  readonly providerMs: number;
  /** `require("…")` in a program. */
  readonly programMs: number;
  /** The plugin. Earlier results don't have it. */
  readonly toPort?: ToPort;
}

/** Milliseconds from the start of a process to its first line of output: for a plugin, its port. */
interface ToPort {
  readonly executableMs: number;
  /** The plugin of the npm package, which Node.js runs. */
  readonly scriptMs: number;
  /** A program of one line, on Node.js. */
  readonly nodeMs: number;
}

/**
 * Starts each in `rounds` new processes; the median.
 *
 * @param plugin Path of the executable.
 */
export async function measureStartup(
  installation: Installation,
  plugin: string,
  rounds: number,
): Promise<Startup> {
  const [providers, programs]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    providers.push(
      await loading(installation, 'require("pulumi-datadog-org-connections/provider").handler()'),
    );
    programs.push(await loading(installation, 'require("pulumi-datadog-org-connections")'));
  }
  const toPort = await measureToPort(installation, plugin, rounds);
  return { providerMs: median(providers), programMs: median(programs), toPort };
}

async function measureToPort(
  { project }: Installation,
  plugin: string,
  rounds: number,
): Promise<ToPort> {
  const script = join(project, "node_modules/pulumi-datadog-org-connections/dist/plugin/main.js");
  const [executables, scripts, programs]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < rounds; round++) {
    executables.push(await firstLine(plugin, [noEngine]));
    scripts.push(await firstLine(process.execPath, [script, noEngine]));
    programs.push(await firstLine(process.execPath, ["-e", "console.log(0)"]));
  }
  return {
    executableMs: median(executables),
    scriptMs: median(scripts),
    nodeMs: median(programs),
  };
}

/** An address that a plugin accepts. It ends some seconds after it found no engine there. */
const noEngine = "127.0.0.1:1";

function firstLine(command: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const begun = performance.now();
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
    let milliseconds: number | undefined;
    child.stdout.once("data", () => {
      milliseconds = performance.now() - begun;
      child.kill("SIGKILL");
    });
    child.on("error", reject).on("close", () => {
      if (milliseconds === undefined) reject(new Error(`${command} printed nothing`));
      else resolve(milliseconds);
    });
  });
}

/** @param expression What loads it, in JavaScript. */
async function loading({ project }: Installation, expression: string): Promise<number> {
  const code = `
    require("@pulumi/pulumi"); require("@pulumi/pulumi/provider");
    const begun = performance.now();
    ${expression};
    console.log(performance.now() - begun);`;
  return Number((await succeed(process.execPath, ["-e", code], { cwd: project })).stdout);
}
