/**
 * The life of three org connections, on the real Pulumi engine: `examples/basic` with the packed
 * package, a fake Datadog and a state folder that is removed at the end.
 */
import { join } from "node:path";
import { styleText } from "node:util";
import { ensureEngine } from "../support/engine/engine.ts";
import { type CommandResult, runCommand } from "../support/engine/run-command.ts";
import { orgs, startFakeDatadog } from "../support/fake-datadog/index.ts";
import { environmentOf } from "../support/harness/environment.ts";
import { installPackage, removeInstallation } from "../support/harness/install-package.ts";
import { Stack } from "../support/harness/stack.ts";

const log = (line: string) => console.log(styleText("dim", line));
const installation = await installPackage(await ensureEngine(log), log);
const datadog = await startFakeDatadog();
const env = environmentOf(datadog); // keys of Payments
const showOutput = (text: string) => process.stdout.write(text);

const stack = await Stack.create({
  installation,
  directory: join(import.meta.dirname, "../../examples/basic"),
  env,
  color: process.stdout.isTTY ? "always" : "never",
  onOutput: showOutput,
});

/** Sets parts of the configuration that examples/basic reads. */
const configure = (values: Record<string, string>) => {
  const keys = Object.entries(values).map(([key, value]) => [
    `org-connections-basic:connections.${key}`,
    value,
  ]);
  return stack.setConfig(Object.fromEntries(keys), { path: true });
};

/** Runs the command-line tool of the installed package. */
function tool(...args: string[]): Promise<CommandResult> {
  const { project, nodeDirectory } = installation;
  const command = join(project, "node_modules/.bin/datadog-org-connections");
  log(`$ npx datadog-org-connections ${args.join(" ")}\n`);
  return runCommand(command, args, {
    cwd: stack.workDirectory,
    env: { ...env, PATH: nodeDirectory },
    onOutput: showOutput,
  });
}

let ids: Record<string, string> = {};

interface Step {
  readonly title: string;
  /** What a user or somebody else does before the operation. */
  readonly before?: () => Promise<void>;
  readonly operation: () => Promise<{ readonly code: number }>;
  /** The expected exit code. Default: 0. */
  readonly code?: number;
}

const steps: readonly Step[] = [
  {
    title: "Three connections are declared: Payments shares with Hub, Data and Security",
    before: () =>
      configure({
        "hub.sinkOrgId": orgs.hub.id,
        "hub.types[0]": "logs",
        "data.sinkOrgId": orgs.data.id,
        "data.types[0]": "metrics",
        "security.sinkOrgId": orgs.security.id,
        "security.types[0]": "audit",
      }),
    operation: async () => {
      const result = await stack.up();
      ids = Object(result.outputs["connectionIds"]);
      return result;
    },
  },
  {
    title: "Hub is to see metrics as well: an update in place",
    before: () => configure({ "hub.types[1]": "metrics" }),
    operation: () => stack.up(),
  },
  {
    title: "Data is to be Shop: another sink org is a replacement",
    before: () => configure({ "data.sinkOrgId": orgs.shop.id }),
    operation: () => stack.up(),
  },
  {
    title: "Somebody changes one by hand and deletes another: the preview ends with exit code 7",
    before: async () => {
      datadog.setTypes(ids["hub"] ?? "", ["audit"]);
      datadog.remove(ids["security"] ?? "");
    },
    operation: () => stack.preview({ refresh: true, expectNoChanges: true, flags: ["--diff"] }),
    code: 7,
  },
  {
    title: "The tool compares Datadog with the state, which holds what was last recorded",
    before: async () => stack.write("state.json", JSON.stringify(await stack.exportState())),
    operation: () => tool("drift", "--state", "state.json"),
    code: 7,
  },
  { title: "The tool draws what is there", operation: () => tool("graph") },
  { title: "pulumi up --refresh repairs both", operation: () => stack.up({ refresh: true }) },
  {
    title: "Nothing is left to change",
    operation: () => stack.preview({ refresh: true, expectNoChanges: true }),
  },
  { title: "destroy deletes all three", operation: () => stack.destroy() },
];

/** Returns one line for each kind of request, with its number. Ids make no difference. */
function counted(requests: typeof datadog.requests): string[] {
  const lines = requests.map(({ method, path }) => `${method} ${path}`);
  const alike = Map.groupBy(lines, (line) => line.replace(/[0-9a-f-]{36}/, "{id}"));
  return [...alike].map(([request, { length }]) => `   ${length} × ${request}`);
}

async function cleanUp(): Promise<void> {
  await datadog.close();
  await removeInstallation(installation);
}

process.once("SIGINT", () => void cleanUp().finally(() => process.exit(130)));
try {
  const costs: string[] = [];
  for (const [index, { title, before, operation, code = 0 }] of steps.entries()) {
    const heading = `${index + 1}. ${title}`;
    console.log(`\n${styleText(["bold", "cyan"], heading)}\n`);
    await before?.();
    datadog.clearRequests();
    const result = await operation();
    if (result.code !== code) throw new Error(`the exit code is ${result.code}, not ${code}`);
    costs.push(heading, ...counted(datadog.requests));
  }
  console.log(`\n${styleText(["bold", "cyan"], "What each step cost in requests")}\n`);
  console.log(costs.join("\n"));
} finally {
  await cleanUp();
}
