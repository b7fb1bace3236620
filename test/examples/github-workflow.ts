import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { runCommand } from "../engine/run-command.ts";
import type { Environment } from "../harness/stack-options.ts";

const texts = z.record(z.string(), z.string()).default({});

const workflowSchema = z.object({
  on: z.object({
    schedule: z.array(z.object({ cron: z.string() })),
    workflow_dispatch: z.object({ inputs: z.record(z.string(), z.unknown()) }),
  }),
  permissions: texts,
  env: texts,
  jobs: z.record(
    z.string(),
    z.object({
      if: z.string().optional(),
      environment: z.string().optional(),
      permissions: texts,
      outputs: texts,
      steps: z.array(
        z.object({
          id: z.string().optional(),
          uses: z.string().optional(),
          with: z.record(z.string(), z.unknown()).default({}),
          run: z.string().optional(),
          env: texts,
        }),
      ),
    }),
  ),
});

/** A workflow of GitHub Actions. */
export type Workflow = z.infer<typeof workflowSchema>;

export async function readWorkflow(file: string): Promise<Workflow> {
  return workflowSchema.parse(parse(await readFile(file, "utf8")));
}

/** What expressions such as `${{ secrets.DD_API_KEY }}` stand for. */
export type Contexts = Readonly<Record<string, Environment>>;

/** How a job ended. */
export interface JobResult {
  /** The exit code of the first step that failed, or 0. */
  readonly code: number;
  readonly output: string;
  /** What the steps wrote to the job summary. */
  readonly summary: string;
  readonly outputs: Environment;
}

/**
 * Runs the shell steps of a job one after the other, as GitHub's runner does on Linux. Steps that
 * use actions are left out, and so is `npm ci`: the harness has installed everything.
 *
 * @param env What the runner brings, beside what the workflow says.
 */
export async function runJob(
  { env: workflowEnv, jobs }: Workflow,
  name: string,
  {
    contexts,
    env,
    cwd,
    scratch,
  }: { contexts: Contexts; env: Environment; cwd: string; scratch: string },
): Promise<JobResult> {
  const job = jobs[name];
  if (job === undefined) throw new Error(`the workflow has no job ${name}`);
  const [summaryFile, outputFile] = [join(scratch, "summary"), join(scratch, "outputs")];
  await writeFile(summaryFile, "");
  let all = contexts;
  let [code, output] = [0, ""];
  for (const { id, run, env: stepEnv } of job.steps) {
    if (run === undefined || run === "npm ci") continue;
    await writeFile(outputFile, "");
    const script = join(scratch, "step.sh");
    await writeFile(script, resolved(run, all));
    const step = await runCommand("bash", ["-e", script], {
      cwd,
      env: {
        ...env,
        ...resolvedAll({ ...workflowEnv, ...stepEnv }, all),
        GITHUB_OUTPUT: outputFile,
        GITHUB_STEP_SUMMARY: summaryFile,
      },
    });
    ({ code } = step);
    output += step.output;
    if (code !== 0) break;
    if (id !== undefined) {
      all = { ...all, [`steps.${id}.outputs`]: assignments(await readFile(outputFile, "utf8")) };
    }
  }
  const summary = await readFile(summaryFile, "utf8");
  return { code, output, summary, outputs: resolvedAll(job.outputs, all) };
}

/** The environment of a step that runs this command. */
export function environmentOfStep(
  { env, jobs }: Workflow,
  job: string,
  command: string,
  contexts: Contexts,
): Environment {
  const step = jobs[job]?.steps.find(({ run }) => run === command);
  if (step === undefined) throw new Error(`no step of the job ${job} runs ${command}`);
  return resolvedAll({ ...env, ...step.env }, contexts);
}

function resolvedAll(values: Environment, contexts: Contexts): Environment {
  const entries = Object.entries(values).map(([name, text]) => [name, resolved(text, contexts)]);
  return Object.fromEntries(entries);
}

/** Expressions that name nothing are empty, as GitHub has it. */
function resolved(text: string, contexts: Contexts): string {
  return text.replace(
    /\$\{\{ ([\w.-]+)\.([\w-]+) \}\}/g,
    (_, context: string, name: string) => contexts[context]?.[name] ?? "",
  );
}

function assignments(text: string): Environment {
  const lines = text.split("\n").filter((line) => line.includes("="));
  return Object.fromEntries(lines.map((line) => line.split("=", 2)));
}
