import { readFile } from "node:fs/promises";
import { beforeAll, expect, it } from "vitest";
import { parse } from "yaml";

/** What the pipeline of GitHub Actions or GitLab CI gives to a job. */
interface Job {
  readonly environment?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly steps?: readonly {
    readonly uses?: string;
    readonly env?: Readonly<Record<string, string>>;
  }[];
  readonly if?: string;
  readonly when?: string;
  readonly variables?: Readonly<Record<string, string>>;
}

interface Pipeline {
  readonly text: string;
  readonly detect: Job;
  readonly repair: Job;
}

let github: Pipeline;
let gitlab: Pipeline;

beforeAll(async () => {
  const read = (file: string) => readFile(`examples/drift-pipeline/${file}`, "utf8");
  const [workflow, pipeline] = [
    await read(".github/workflows/drift.yml"),
    await read(".gitlab-ci.yml"),
  ];
  github = { text: workflow, ...parse(workflow).jobs };
  gitlab = { text: pipeline, ...parse(pipeline) };
});

const keysOf = ({ steps = [] }: Job) =>
  steps.flatMap(({ env = {} }) => Object.keys(env).filter((name) => /_KEY(_|$)/.test(name)));

it("detection has the keys of the hub alone, and can write nothing but the issue", () => {
  expect(keysOf(github.detect)).toEqual(["DD_API_KEY_HUB", "DD_APP_KEY_HUB"]);
  expect(github.detect.permissions).toEqual({ contents: "read", issues: "write" });
  for (const { detect } of [github, gitlab]) {
    expect(detect.environment).toBeUndefined();
    expect(JSON.stringify(detect)).toContain('"DD_READ_PROFILE":"hub"');
  }
});

it("repair runs only on request, with the keys of its environment", () => {
  expect(keysOf(github.repair)).toContain("DD_API_KEY_PAYMENTS");
  expect(github.repair.permissions).toEqual({ contents: "read" });
  expect(github.repair.if).toBe("inputs.repair && needs.detect.outputs.drift == 'true'");
  expect(gitlab.repair.when).toBe("manual");
  for (const { repair } of [github, gitlab]) {
    expect(repair.environment).toBe("org-connections-repair");
    expect(JSON.stringify(repair)).toContain("pulumi up --refresh --yes");
  }
});

it("actions are pinned by commit, and both services pin the same CLI, of 3.229 or later", () => {
  const steps = [github.detect, github.repair].flatMap(({ steps = [] }) => steps);
  for (const { uses = "@0000000000000000000000000000000000000000" } of steps) {
    expect(uses).toMatch(/@[\da-f]{40}$/);
  }
  const versions = [github, gitlab].flatMap(({ text }) =>
    [...text.matchAll(/(?:pulumi-version: |pulumi-nodejs-22:)3\.(\d+)\.\d+/g)].map(
      ([, minor]) => minor,
    ),
  );
  expect(new Set(versions).size).toBe(1);
  expect(Number(versions[0])).toBeGreaterThanOrEqual(229);
});
