import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, it, onTestFinished } from "vitest";
import { type CommandResult, runCommand } from "../support/engine/run-command.ts";

const drift = "## Drift: acme/org-connections/dev\n\n    + 1 & more\n";
const title = "Org connections drift: acme/org-connections/dev";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "drift-report-"));
  await writeFile(join(folder, "drift.md"), drift);
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** Runs one of the example's scripts in the folder; the name of the stack is a qualified one. */
function run(script: string, args: string[], env: Record<string, string>): Promise<CommandResult> {
  const file = resolve("examples/drift-pipeline/pipeline", script);
  const PATH = `${folder}${delimiter}${process.env["PATH"]}`;
  return runCommand("bash", [file, ...args], {
    cwd: folder,
    env: { PATH, STACK: "acme/org-connections/dev", ...env },
  });
}

/** Puts a command into the folder, which is first on PATH. */
async function writeCommand(name: string, script: string): Promise<void> {
  await writeFile(join(folder, name), `#!/bin/sh\n${script}`);
  await chmod(join(folder, name), 0o755);
}

/** Runs `detect.sh` when `pulumi` prints this and finds drift. */
async function detect(output: string) {
  await writeFile(join(folder, "output"), output);
  await writeCommand("pulumi", "cat output\nexit 7\n");
  const { code, stdout, output: all } = await run("detect.sh", [], { GITHUB_ACTIONS: "true" });
  expect({ code, stdout }).toEqual({ code: 0, stdout: "true\n" });
  const report = await readFile(join(folder, "drift.md"), "utf8");
  return { log: all.replace(stdout, ""), report };
}

it("detect.sh shows names as text: no control characters, no headings, images or commands", async () => {
  const hostile = "a\r# heading\r![](https://x)\u0085\u2028\u202eb\u001b[2J\n::add-mask::c\n";
  const { log, report } = await detect(hostile);
  const shown = "    a?# heading?![](https://x)???b?[2J\n    ::add-mask::c\n";
  expect(report.startsWith(`## Drift: acme/org-connections/dev\n\n${shown}`)).toBe(true);
  const [, token = ""] = /^::stop-commands::([\w-]{36})\n/.exec(log) ?? [];
  expect(log.slice(log.indexOf("\n") + 1).trimEnd()).toBe(`${shown}    \n::${token}::`);
});

it("detect.sh makes a report that fits into an issue, also with many short lines", async () => {
  const { report } = await detect("é\n".repeat(100_000));
  expect(report.length).toBeLessThan(65_000);
  expect(report).not.toContain("\ufffd");
});

/** What a script ends with, and what it has called. */
interface Report {
  readonly code: number;
  readonly calls: readonly string[];
}

/** Runs `report-github.sh` with a `gh` that notes its calls. */
async function github(argument: string, openIssue: string, ghCode = "0"): Promise<Report> {
  const note = "printf '%s|' \"$@\" >>calls\necho >>calls";
  await writeCommand("gh", `${note}\n[ "$2" = list ] && printf %s "$OPEN"\nexit "$GH_CODE"\n`);
  const { code } = await run("report-github.sh", [argument], {
    GITHUB_SERVER_URL: "https://github.example",
    GITHUB_REPOSITORY: "acme/infra",
    GITHUB_RUN_ID: "42",
    OPEN: openIssue,
    GH_CODE: ghCode,
  });
  const calls = (await readFile(join(folder, "calls"), "utf8")).trimEnd().split("\n");
  return { code, calls };
}

const ghList =
  "issue|list|--label|drift: dev|--state|open|--limit|1|--json|number|--jq|.[].number|";
const ghLink = "https://github.example/acme/infra/actions/runs/42";

/** Runs `report-gitlab.sh` with a server that notes its calls. */
async function gitlab(argument: string, openIssue: string, token = "token"): Promise<Report> {
  const calls: string[] = [];
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "", "http://gitlab");
    const fields = [...searchParams, ...new URLSearchParams(await text(request))];
    const shown = fields.map(([name, value]) => `${name}=${value}`.replace(/=## .*/s, "=REPORT"));
    calls.push(`${request.method} ${[pathname, ...shown].join("|")}`);
    response.statusCode = request.headers["private-token"] === "token" ? 200 : 401;
    const issues = openIssue === "" ? [] : [{ iid: Number(openIssue) }];
    response.end(JSON.stringify(request.method === "GET" ? issues : {}));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  onTestFinished(() => void server.close());
  const { code } = await run("report-gitlab.sh", [argument], {
    CI_API_V4_URL: `http://127.0.0.1:${Object(server.address()).port}`,
    CI_PROJECT_ID: "7",
    CI_PIPELINE_URL: glLink,
    DRIFT_ISSUE_TOKEN: token,
  });
  return { code, calls };
}

const glLink = "https://gitlab.example/acme/infra/-/pipelines/42";
const glIssues = "/projects/7/issues";
const glList = `GET ${glIssues}|state=opened|per_page=1|labels=drift: dev`;

it.each<[string, string, string, string[], string[]]>([
  [
    "opens an issue",
    "true",
    "",
    [
      "label|create|drift: dev|--force|--color|d93f0b|--description|Somebody changed it by hand|",
      `issue|create|--title|${title}|--label|drift: dev|--body-file|issue.md|`,
    ],
    [`POST ${glIssues}|title=${title}|labels=drift: dev|description=REPORT`],
  ],
  [
    "updates the open issue",
    "true",
    "12",
    ["issue|edit|12|--body-file|issue.md|"],
    [`PUT ${glIssues}/12|description=REPORT`],
  ],
  [
    "closes the open issue",
    "false",
    "12",
    [`issue|close|12|--comment|[No drift any more](${ghLink}).|`],
    [
      `POST ${glIssues}/12/notes|body=[No drift any more](${glLink}).`,
      `PUT ${glIssues}/12|state_event=close`,
    ],
  ],
  ["does nothing without drift and issue", "false", "", [], []],
])("%s", async (_title, argument, openIssue, ofGithub, ofGitlab) => {
  expect(await github(argument, openIssue)).toEqual({ code: 0, calls: [ghList, ...ofGithub] });
  expect(await gitlab(argument, openIssue)).toEqual({ code: 0, calls: [glList, ...ofGitlab] });
});

it.each([
  ["github", github, ghLink],
  ["gitlab", gitlab, glLink],
])("an issue on %s has the report, and a link to the run", async (_service, report, link) => {
  await report("true", "");
  const issue = await readFile(join(folder, "issue.md"), "utf8");
  expect(issue.startsWith(`${drift}\n[Detected here](${link}).`)).toBe(true);
});

it("fails if the service refuses, and after what is neither true nor false", async () => {
  expect(await github("true", "", "4")).toEqual({ code: 4, calls: [ghList] });
  expect(await github("", "")).toMatchObject({ code: 2 });
  expect(await gitlab("true", "", "expired")).toEqual({ code: 22, calls: [glList] });
  expect(await gitlab("", "")).toMatchObject({ code: 2 });
});
