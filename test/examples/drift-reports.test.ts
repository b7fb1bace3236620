import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCommand } from "../support/engine/run-command.ts";

const drift = "## Drift: acme/org-connections/dev\n\n    + 1 & more\n";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "drift-report-"));
  await writeFile(join(folder, "drift.md"), drift);
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** Runs one of the example's scripts in the folder; the name of the stack is a qualified one. */
async function report(script: string, argument: string, env: Record<string, string>) {
  const file = resolve("examples/drift-pipeline/pipeline", script);
  const { code } = await runCommand("bash", [file, argument], {
    cwd: folder,
    env: { PATH: process.env["PATH"], STACK: "acme/org-connections/dev", ...env },
  });
  return code;
}

describe("detect.sh", () => {
  /** Finds drift, and prints the file `output`. */
  const pulumi = "#!/bin/sh\ncat output\nexit 7\n";

  async function detect(output: string) {
    await writeFile(join(folder, "output"), output);
    await writeFile(join(folder, "pulumi"), pulumi);
    await chmod(join(folder, "pulumi"), 0o755);
    const file = resolve("examples/drift-pipeline/pipeline/detect.sh");
    const {
      code,
      stdout,
      output: all,
    } = await runCommand("bash", [file], {
      cwd: folder,
      env: {
        PATH: `${folder}${delimiter}${process.env["PATH"]}`,
        STACK: "dev",
        GITHUB_ACTIONS: "true",
      },
    });
    expect({ code, stdout }).toEqual({ code: 0, stdout: "true\n" });
    const log = all.replace(stdout, "");
    return { log, report: await readFile(join(folder, "drift.md"), "utf8") };
  }

  it("shows names as text: no control characters, no headings, images or commands", async () => {
    const hostile = "a\r# heading\r![](https://x)\u0085\u2028\u202eb\u001b[2J\n::add-mask::c\n";
    const { log, report } = await detect(hostile);
    const shown = "    a?# heading?![](https://x)???b?[2J\n    ::add-mask::c\n";
    expect(report.startsWith(`## Drift: dev\n\n${shown}`)).toBe(true);
    const [, token = ""] = /^::stop-commands::([\w-]{36})\n/.exec(log) ?? [];
    expect(log.slice(log.indexOf("\n") + 1).trimEnd()).toBe(`${shown}    \n::${token}::`);
  });

  it("fits into an issue, also with many short lines", async () => {
    const { report } = await detect("é\n".repeat(100_000));
    expect(report.length).toBeLessThan(65_000);
    expect(report).not.toContain("\ufffd");
  });
});

describe("report-github.sh", () => {
  /** Notes what it is called with, and knows at most one open issue. */
  const gh = `#!/bin/sh
    printf '%s|' "$@" >>calls
    echo >>calls
    if [ "$2" = list ]; then printf %s "$OPEN_ISSUE"; fi
    exit "$GH_CODE"`;
  const list =
    "issue|list|--label|drift: dev|--state|open|--limit|1|--json|number|--jq|.[].number|";
  const link = "https://github.example/acme/infra/actions/runs/42";

  async function run(argument: string, openIssue: string, ghCode = "0") {
    await writeFile(join(folder, "gh"), gh);
    await chmod(join(folder, "gh"), 0o755);
    const code = await report("report-github.sh", argument, {
      PATH: `${folder}${delimiter}${process.env["PATH"]}`,
      GITHUB_SERVER_URL: "https://github.example",
      GITHUB_REPOSITORY: "acme/infra",
      GITHUB_RUN_ID: "42",
      OPEN_ISSUE: openIssue,
      GH_CODE: ghCode,
    });
    const calls = (await readFile(join(folder, "calls"), "utf8")).trimEnd().split("\n");
    return { code, calls };
  }

  it("opens an issue", async () => {
    const label = "drift: dev|--force|--color|d93f0b|--description|Somebody changed it by hand";
    const title = "Org connections drift: acme/org-connections/dev";
    const { code, calls } = await run("true", "");
    expect(code).toBe(0);
    expect(calls).toEqual([
      list,
      `label|create|${label}|`,
      `issue|create|--title|${title}|--label|drift: dev|--body-file|issue.md|`,
    ]);
    const body = await readFile(join(folder, "issue.md"), "utf8");
    expect(body.startsWith(`${drift}\n[Detected here](${link}).`)).toBe(true);
  });

  it.each([
    ["updates the open issue", "true", "12", ["issue|edit|12|--body-file|issue.md|"]],
    [
      "closes the open issue",
      "false",
      "12",
      [`issue|close|12|--comment|[No drift any more](${link}).|`],
    ],
    ["does nothing without drift and issue", "false", "", []],
  ])("%s", async (_title, argument, openIssue, expected) => {
    expect(await run(argument, openIssue)).toEqual({ code: 0, calls: [list, ...expected] });
  });

  it("fails if gh fails, and after what is neither true nor false", async () => {
    expect(await run("true", "", "4")).toEqual({ code: 4, calls: [list] });
    expect(await run("", "")).toMatchObject({ code: 2 });
  });
});

describe("report-gitlab.sh", () => {
  const project = "/api/v4/projects/7/issues";
  const list = {
    line: `GET ${project}`,
    fields: { state: "opened", per_page: "1", labels: "drift: dev" },
  };
  const link = "https://gitlab.example/acme/infra/-/pipelines/42";

  let server: Server;
  let openIssues: readonly { readonly iid: number }[];
  let requests: { readonly line: string; readonly fields: Readonly<Record<string, string>> }[];

  beforeEach(async () => {
    requests = [];
    server = createServer(async (request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? "", "http://tracker");
      const fields = [...searchParams, ...new URLSearchParams(await text(request))];
      requests.push({
        line: `${request.method} ${pathname}`,
        fields: Object.fromEntries(fields),
      });
      response.statusCode = request.headers["private-token"] === "token" ? 200 : 401;
      response.end(JSON.stringify(request.method === "GET" ? openIssues : {}));
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  });

  afterEach(() => new Promise((closed) => server.close(closed)));

  async function run(argument: string, issues: typeof openIssues, token = "token") {
    openIssues = issues;
    const address = server.address();
    const port = typeof address === "object" ? address?.port : address;
    const code = await report("report-gitlab.sh", argument, {
      CI_API_V4_URL: `http://127.0.0.1:${port}/api/v4`,
      CI_PROJECT_ID: "7",
      CI_PIPELINE_URL: link,
      DRIFT_ISSUE_TOKEN: token,
    });
    return { code, requests };
  }

  const description = expect.stringContaining(`${drift}\n[Detected here](${link}).`);

  it.each([
    [
      "opens an issue",
      "true",
      [],
      [
        {
          line: `POST ${project}`,
          fields: {
            title: "Org connections drift: acme/org-connections/dev",
            labels: "drift: dev",
            description,
          },
        },
      ],
    ],
    [
      "updates the open issue",
      "true",
      [{ iid: 12 }],
      [{ line: `PUT ${project}/12`, fields: { description } }],
    ],
    [
      "closes the open issue",
      "false",
      [{ iid: 12 }],
      [
        { line: `POST ${project}/12/notes`, fields: { body: `[No drift any more](${link}).` } },
        { line: `PUT ${project}/12`, fields: { state_event: "close" } },
      ],
    ],
    ["does nothing without drift and issue", "false", [], []],
  ])("%s", async (_title, argument, issues, expected) => {
    expect(await run(argument, issues)).toEqual({ code: 0, requests: [list, ...expected] });
  });

  it("fails if GitLab refuses, and after what is neither true nor false", async () => {
    expect(await run("true", [], "expired")).toEqual({ code: 22, requests: [list] });
    expect(await run("", [])).toMatchObject({ code: 2 });
  });
});
