import { readFile } from "node:fs/promises";
import { delimiter, dirname, join, resolve } from "node:path";
import { expect, inject } from "vitest";
import { type FakeDatadog, orgs } from "../fake-datadog/index.ts";
import { stackEnvironment } from "../harness/environment.ts";
import type { Stack } from "../harness/stack.ts";
import type { Environment } from "../harness/stack-options.ts";
import { environmentOfStep, readWorkflow, runJob } from "./github-workflow.ts";
import { readPipeline, runScript } from "./gitlab-pipeline.ts";
import type { IssueTracker } from "./issue-tracker.ts";

const directory = resolve("examples/drift-pipeline");

export const readDriftWorkflow = () => readWorkflow(join(directory, ".github/workflows/drift.yml"));
export const readDriftPipeline = () => readPipeline(join(directory, ".gitlab-ci.yml"));

/** The command of the job `repair` in both files. */
export const repairCommand = 'pulumi up --refresh --yes --non-interactive --stack "$STACK"';

/** What a service works with. */
export interface Surroundings {
  readonly fake: FakeDatadog;
  readonly stack: Stack;
  readonly tracker: IssueTracker;
}

/** How the detection ended. */
interface Detection {
  readonly code: number;
  readonly output: string;
  /** The job summary, or the artifact. */
  readonly report: string;
}

/** One of the two services that the example has a file for. */
export interface Service {
  /** Runs the shell steps of the job `detect`. */
  readonly detect: (surroundings: Surroundings) => Promise<Detection>;
  /** The environment in which the job `repair` runs its command. */
  readonly repairEnvironment: (surroundings: Surroundings) => Promise<Environment>;
}

/** The keys that the README has everywhere. */
export const reading = { apiKey: "reading-api-key", appKey: "reading-app-key" };
export const keysThatRead = { DD_API_KEY: reading.apiKey, DD_APP_KEY: reading.appKey };
/** The keys that it has in the environment of the job `repair`, where they win over the others. */
const keysThatWrite = { DD_API_KEY: orgs.payments.apiKey, DD_APP_KEY: orgs.payments.appKey };
const keysOf = (environment: string | undefined) =>
  environment === "org-connections-repair" ? keysThatWrite : keysThatRead;

const passphrase = { PULUMI_CONFIG_PASSPHRASE: "passphrase" };
const backendOf = (stack: Stack) => ({ PULUMI_BACKEND_URL: `file://${stack.stateDirectory}` });

export const githubActions: Service = {
  async detect({ fake, stack, tracker }) {
    const { env, ...where } = await runner({ fake, stack, tracker });
    const { code, output, summary, outputs } = await runJob(await workflowOf(stack), "detect", {
      ...where,
      env: {
        ...env,
        GH_STAND_IN: `${tracker.url}/gh`,
        GITHUB_SERVER_URL: "https://github.example",
        GITHUB_REPOSITORY: "acme/org-connections",
        GITHUB_RUN_ID: "42",
      },
      contexts: {
        secrets: { ...keysThatRead, ...passphrase },
        vars: backendOf(stack),
        github: { token: tracker.token },
      },
    });
    if (code === 0) expect(outputs["drift"]).toMatch(/^(true|false)$/);
    return { code, output, report: summary };
  },
  async repairEnvironment({ stack }) {
    const workflow = await workflowOf(stack);
    return environmentOfStep(workflow, "repair", repairCommand, {
      secrets: { ...keysOf(workflow.jobs["repair"]?.environment), ...passphrase },
      vars: backendOf(stack),
    });
  },
};

export const gitlabCi: Service = {
  async detect({ fake, stack, tracker }) {
    const { env, ...where } = await runner({ fake, stack, tracker });
    const { code, output } = await runScript(await pipelineOf(stack), "detect", {
      ...where,
      env: {
        ...env,
        ...keysThatRead,
        ...passphrase,
        ...backendOf(stack),
        DRIFT_ISSUE_TOKEN: tracker.token,
        CI_API_V4_URL: tracker.url,
        CI_PROJECT_ID: "7",
        CI_PIPELINE_URL: "https://gitlab.example/acme/org-connections/-/pipelines/42",
      },
    });
    const report = await readFile(join(stack.workDirectory, "drift.md"), "utf8");
    return { code, output, report };
  },
  async repairEnvironment({ stack }) {
    const { repair } = await pipelineOf(stack);
    expect(repair.script).toContain(repairCommand);
    return { ...keysOf(repair.environment), ...passphrase, ...backendOf(stack) };
  },
};

/** What the runner of a service brings. Pulumi's backend and the keys come from the settings. */
async function runner({ fake, stack, tracker }: Surroundings) {
  const backend = stack.stateDirectory;
  const [home, scratch] = [join(dirname(backend), "home"), join(dirname(backend), "scratch")];
  await tracker.layGh(join(scratch, "bin"));
  const {
    PULUMI_BACKEND_URL: _,
    PULUMI_CONFIG_PASSPHRASE: __,
    ...env
  } = stackEnvironment(inject("installation"), { home, backend });
  const path = [join(scratch, "bin"), env["PATH"]].join(delimiter);
  return { env: { ...env, PATH: path, DD_HOST: fake.url }, cwd: stack.workDirectory, scratch };
}

/** The files name the stack in one place, as the README says. */
async function workflowOf(stack: Stack) {
  const { env, ...rest } = await readDriftWorkflow();
  return { ...rest, env: { ...env, STACK: stack.name } };
}

async function pipelineOf(stack: Stack) {
  const { variables, ...rest } = await readDriftPipeline();
  return { ...rest, variables: { ...variables, STACK: stack.name } };
}
