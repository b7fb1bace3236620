import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { type CommandResult, runCommand } from "../engine/run-command.ts";
import type { Environment } from "../harness/stack-options.ts";

const jobSchema = z.object({
  when: z.string().optional(),
  environment: z.string().optional(),
  script: z.array(z.string()),
});

const pipelineSchema = z.object({
  workflow: z.object({ rules: z.array(z.object({ if: z.string() })) }),
  default: z.object({ image: z.string() }),
  variables: z.record(z.string(), z.string()),
  detect: jobSchema,
  repair: jobSchema,
});

/** The example's pipeline for GitLab CI. */
export type GitlabPipeline = z.infer<typeof pipelineSchema>;

export async function readPipeline(file: string): Promise<GitlabPipeline> {
  return pipelineSchema.parse(parse(await readFile(file, "utf8")));
}

/**
 * Runs the script of a job in one shell, as GitLab's runner does. `npm ci` is left out: the harness
 * has installed everything.
 *
 * @param env What the runner brings, and the variables of the project's settings.
 */
export async function runScript(
  { variables, ...jobs }: GitlabPipeline,
  job: "detect" | "repair",
  { env, cwd, scratch }: { env: Environment; cwd: string; scratch: string },
): Promise<CommandResult> {
  const lines = jobs[job].script.filter((line) => line !== "npm ci");
  const script = join(scratch, "script.sh");
  await writeFile(script, ["set -eo pipefail", ...lines, ""].join("\n"));
  return runCommand("bash", [script], { cwd, env: { ...variables, ...env } });
}
