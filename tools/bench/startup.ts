import { succeed } from "../../test/support/engine/run-command.ts";
import type { Installation } from "../../test/support/harness/install-package.ts";
import { median } from "./median.ts";

/** Milliseconds that loading an entry of the package takes, beyond what is loaded before it. */
export interface Startup {
  /** `require("…/provider").handler()` in the process of the dynamic provider. */
  readonly providerMs: number;
  /** `require("…")` in a program. */
  readonly programMs: number;
}

/** Loads each entry in `rounds` new processes; the median. */
export async function measureStartup(installation: Installation, rounds: number): Promise<Startup> {
  const [providers, programs]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    providers.push(
      await loading(installation, 'require("pulumi-datadog-org-connections/provider").handler()'),
    );
    programs.push(await loading(installation, 'require("pulumi-datadog-org-connections")'));
  }
  return { providerMs: median(providers), programMs: median(programs) };
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
