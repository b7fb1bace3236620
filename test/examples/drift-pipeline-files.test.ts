import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";

type Texts = Readonly<Record<string, string>>;

interface Step {
  readonly uses?: string;
  readonly with?: Texts;
  readonly run?: string;
  readonly env?: Texts;
}

interface WorkflowJob {
  readonly if?: string;
  readonly environment?: string;
  readonly permissions: Texts;
  readonly outputs?: Texts;
  readonly steps: readonly Step[];
}

/** A workflow of GitHub Actions, as far as the tests read it. */
interface Workflow {
  readonly on: unknown;
  readonly permissions: Texts;
  readonly env: Texts;
  readonly jobs: { readonly detect: WorkflowJob; readonly repair: WorkflowJob };
}

/** A pipeline of GitLab CI, as far as the tests read it. */
interface Pipeline {
  readonly workflow: { readonly rules: unknown };
  readonly default: { readonly image: string };
  readonly variables: Texts;
  readonly detect: { readonly script: readonly string[] };
  readonly repair: { readonly script: readonly string[] };
}

const repair = ["npm ci", 'pulumi up --refresh --yes --non-interactive --stack "$STACK"'];

let workflow: Workflow;
let pipeline: Pipeline;

beforeAll(async () => {
  const read = async (file: string) =>
    parse(await readFile(join("examples/drift-pipeline", file), "utf8"));
  workflow = await read(".github/workflows/drift.yml");
  pipeline = await read(".gitlab-ci.yml");
});

const expression = (text: string) => `\${{ ${text} }}`;
const runsOf = ({ steps }: WorkflowJob) => steps.flatMap(({ run = [] }) => run);

describe("GitHub's workflow", () => {
  it("runs by schedule and by hand, and its jobs run the scripts", () => {
    expect(workflow.on).toMatchObject({
      schedule: [{ cron: expect.any(String) }],
      workflow_dispatch: { inputs: { repair: { type: "boolean", default: false } } },
    });
    expect(runsOf(workflow.jobs.detect)).toEqual([
      "npm ci",
      'drift=$(bash pipeline/detect.sh)\necho "drift=$drift" >> "$GITHUB_OUTPUT"\n',
      'bash pipeline/report-github.sh "$DRIFT"',
    ]);
    expect(runsOf(workflow.jobs.repair)).toEqual(repair);
  });

  it("gives each step the settings by their own names", () => {
    const [, detect, report] = workflow.jobs.detect.steps.filter(({ run }) => run);
    const secrets = ["DD_API_KEY", "DD_APP_KEY", "PULUMI_ACCESS_TOKEN", "PULUMI_CONFIG_PASSPHRASE"];
    const settings = Object.fromEntries([
      ...secrets.map((name) => [name, expression(`secrets.${name}`)]),
      ...["DD_SITE", "PULUMI_BACKEND_URL"].map((name) => [name, expression(`vars.${name}`)]),
    ]);
    expect(detect).toMatchObject({ id: "detect", env: settings });
    expect(workflow.jobs.repair.steps.at(-1)?.env).toEqual(settings);
    const drift = expression("steps.detect.outputs.drift");
    expect(report?.env).toEqual({ DRIFT: drift, GH_TOKEN: expression("github.token") });
    expect(workflow.jobs.detect.outputs).toEqual({ drift });
  });

  it("repairs only drift, on request, and with the keys of its environment", () => {
    expect(workflow.jobs.repair).toMatchObject({
      needs: "detect",
      if: "inputs.repair && needs.detect.outputs.drift == 'true'",
      environment: "org-connections-repair",
    });
    expect(workflow.jobs.detect.environment).toBeUndefined();
  });

  it("grants its jobs no more than they need, and pins its actions", () => {
    const { permissions, jobs } = workflow;
    expect(permissions).toEqual({});
    expect(jobs.detect.permissions).toEqual({ contents: "read", issues: "write" });
    expect(jobs.repair.permissions).toEqual({ contents: "read" });
    const used = Object.values(jobs).flatMap(({ steps }) => steps.flatMap(({ uses = [] }) => uses));
    expect(used).toHaveLength(6);
    for (const action of used) expect(action).toMatch(/@v\d+\.\d+\.\d+$/);
  });
});

describe("GitLab's pipeline", () => {
  it("runs by schedule and by hand, and its jobs run the scripts", () => {
    expect(pipeline.workflow.rules).toEqual([
      { if: '$CI_PIPELINE_SOURCE == "schedule"' },
      { if: '$CI_PIPELINE_SOURCE == "web"' },
    ]);
    expect(pipeline.detect).toMatchObject({
      script: [
        "npm ci",
        "drift=$(bash pipeline/detect.sh)",
        'bash pipeline/report-gitlab.sh "$drift"',
      ],
      artifacts: { when: "always", paths: ["drift.md"] },
    });
    expect(pipeline.repair.script).toEqual(repair);
  });

  it("repairs only on request, and with the keys of its environment", () => {
    expect(pipeline.repair).toMatchObject({
      when: "manual",
      environment: "org-connections-repair",
    });
    expect(pipeline.detect).not.toHaveProperty("environment");
  });
});

it("both name the stack once, and pin the same CLI, of 3.229 or later", () => {
  expect([workflow.env, pipeline.variables]).toEqual(Array(2).fill({ STACK: "dev" }));
  const image = /^pulumi\/pulumi-nodejs-22:(?<version>3\.(?<minor>\d+)\.\d+)$/.exec(
    pipeline.default.image,
  );
  expect(Number(image?.groups?.["minor"])).toBeGreaterThanOrEqual(229);
  const pinned = Object.values(workflow.jobs).flatMap(({ steps }) =>
    steps.flatMap((step) => step.with?.["pulumi-version"] ?? []),
  );
  expect(pinned).toEqual(Array(2).fill(image?.groups?.["version"]));
});
