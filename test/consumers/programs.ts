/** The sources of the consumers: every program declares one connection, and exports its sink. */
import { readFileSync } from "node:fs";

/** Texts of files by their paths. */
export type Files = Readonly<Record<string, string>>;

export const packageName = "pulumi-datadog-org-connections";

/** What `pulumi new typescript` writes. */
export const tsconfigOfPulumiNew = {
  compilerOptions: {
    strict: true,
    outDir: "bin",
    target: "es2020",
    module: "commonjs",
    moduleResolution: "node",
    sourceMap: true,
    experimentalDecorators: true,
    pretty: true,
    noFallthroughCasesInSwitch: true,
    noImplicitReturns: true,
    forceConsistentCasingInFileNames: true,
  },
  files: ["index.ts"],
};

const tsconfigNodenext = {
  compilerOptions: {
    strict: true,
    exactOptionalPropertyTypes: true,
    outDir: "bin",
    target: "es2023",
    module: "nodenext",
    types: ["node"],
  },
  files: ["index.ts"],
};

const typed = `import * as pulumi from "@pulumi/pulumi";
import { type ConnectionType, OrgConnection, type OrgConnectionArgs } from "${packageName}";

const types: ConnectionType[] = ["logs", "a type of later"];
const args: OrgConnectionArgs = {
  sinkOrgId: new pulumi.Config().require("hub"),
  connectionTypes: types.slice(0, 1),
};
const toHub: OrgConnection = new OrgConnection("to-hub", args);

// @ts-expect-error: the sink is required
void (() => new OrgConnection("wrong", { connectionTypes: types }));

export const sink: pulumi.Output<string | undefined> = toHub.sinkOrgName;
`;

/** In the syntax of TypeScript 3.8, which Pulumi uses for programs without a TypeScript of their own. */
const plain = `import * as pulumi from "@pulumi/pulumi";
import { OrgConnection } from "${packageName}";

const sinkOrgId = new pulumi.Config().require("hub");
export const sink = new OrgConnection("to-hub", { sinkOrgId, connectionTypes: ["logs"] }).sinkOrgName;
`;

const required = `const pulumi = require("@pulumi/pulumi");
const { OrgConnection } = require("${packageName}");

const sinkOrgId = new pulumi.Config().require("hub");
exports.sink = new OrgConnection("to-hub", { sinkOrgId, connectionTypes: ["logs"] }).sinkOrgName;
`;

const component = `const pulumi = require("@pulumi/pulumi");
const { OrgConnection } = require("${packageName}");

exports.Observability = class extends pulumi.ComponentResource {
  constructor(name, { hub }, opts) {
    super("internal:index:Observability", name, {}, opts);
    const args = { sinkOrgId: hub, connectionTypes: ["logs"] };
    const toHub = new OrgConnection(name + "-to-hub", args, { parent: this });
    this.sink = toHub.sinkOrgName;
    this.registerOutputs({ sink: this.sink });
  }
};
`;

const componentUser = `const pulumi = require("@pulumi/pulumi");
const { Observability } = require("internal-observability");

const hub = new pulumi.Config().require("hub");
exports.sink = new Observability("payments", { hub }).sink;
`;

const automation = `import { LocalWorkspace } from "@pulumi/pulumi/automation/index.js";
import { OrgConnection } from "${packageName}";

async function program() {
  const args = { sinkOrgId: process.env.HUB, connectionTypes: ["logs"] };
  return { sink: new OrgConnection("to-hub", args).sinkOrgName };
}

const names = { stackName: "automated", projectName: "consumer" };
const stack = await LocalWorkspace.createOrSelectStack({ ...names, program });
const { outputs } = await stack.up();
await stack.destroy();
if (outputs.sink.value !== "Hub") throw new Error(JSON.stringify(outputs));
`;

const unitTest = `import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import type { OrgConnection } from "${packageName}";

pulumi.runtime.setMocks({
  newResource: ({ name, inputs }) => ({ id: name + "-id", state: { ...inputs, sinkOrgName: "Hub" } }),
  call: ({ inputs }) => inputs,
});

test("shares logs with the hub", async () => {
  const { toHub }: { toHub: OrgConnection } = await import("./program");
  const shown = pulumi.output([toHub.id, toHub.connectionTypes, toHub.sinkOrgName]);
  const values = await new Promise((resolve) => shown.apply(resolve));
  deepEqual(values, ["to-hub-id", ["logs"], "Hub"]);
});
`;

const testedProgram = `import { OrgConnection } from "${packageName}";

const sinkOrgId = "5d0b6d1e-7f97-11f0-8de1-1ecf66f1aa85";
export const toHub = new OrgConnection("to-hub", { sinkOrgId, connectionTypes: ["logs"] });
`;

const listing = `import { deepEqual, match } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { getOrgConnections } from "${packageName}";

deepEqual(await getOrgConnections(), { connections: [] });

async function messageFrom(scheme, server) {
  await new Promise((resolve) => server.listen(0, resolve));
  process.env.DD_HOST = scheme + "://localhost:" + server.address().port;
  return getOrgConnections().then(JSON.stringify, ({ message }) => message);
}

const pem = readFileSync("self-signed.pem");
const impostor = createTlsServer({ key: pem, cert: pem }, (_, response) => response.end('{"data":[]}'));
match(await messageFrom("https", impostor), /can't connect securely to .*: self[- ]signed certificate/);

const large = createServer((_, response) => response.end('{"data":[]}' + " ".repeat(2 ** 26)));
match(await messageFrom("http", large), /answered 200 OK with a body of more than 64 MiB/);
process.exit();
`;

/** A program's own files, without its package.json. */
export const programs = {
  typescript: {
    "index.ts": typed,
    "tsconfig.json": JSON.stringify(tsconfigOfPulumiNew),
  },
  typescriptOfPulumi: {
    "index.ts": plain,
    "tsconfig.json": JSON.stringify(tsconfigOfPulumiNew),
  },
  nodenext: { "index.ts": typed, "tsconfig.json": JSON.stringify(tsconfigNodenext) },
  javascript: { "index.js": required },
  module: { "index.js": plain },
  componentUser: { "index.js": componentUser },
  automation: { "index.js": automation },
  listing: {
    "index.js": listing,
    "self-signed.pem": readFileSync("test/unit/api/self-signed.pem", "utf8"),
  },
  unitTest: {
    "index.ts": unitTest,
    "program.ts": testedProgram,
    "tsconfig.json": JSON.stringify(tsconfigOfPulumiNew),
  },
} satisfies Record<string, Files>;

/** The internal package that declares the connection for its users. */
export const componentFiles: Files = { "index.js": component };
