/** Programs that use the plugin: each declares one connection, and exports its sink. */
import { readFileSync } from "node:fs";
import type { Files } from "../programs.ts";

const yaml = `name: consumer
runtime: yaml
config:
  hub: { type: string }
resources:
  to-hub:
    type: datadog-org-connections:OrgConnection
    properties:
      sinkOrgId: \${hub}
      connectionTypes: [logs]
outputs:
  sink: \${to-hub.sinkOrgName}
`;

/** Does the operation of its first argument with the example, configured to share with one org. */
const python = `import json
import os
import runpy
import sys

import pulumi
from pulumi import automation as auto


def program():
    connections = {"hub": {"sinkOrgId": os.environ["HUB"], "types": ["logs"]}}
    pulumi.runtime.set_config("consumer:connections", json.dumps(connections))
    pulumi.export("sink", runpy.run_path("__main__.py")["connection"].sink_org_name)


stack = auto.create_or_select_stack(
    stack_name="consumer", project_name="consumer", program=program
)
match sys.argv[1:]:
    case ["up", *flags]:
        result = stack.up(refresh="--refresh" in flags)
        print({name: output.value for name, output in result.outputs.items()})
    case ["preview", *flags]:
        stack.preview(expect_no_changes=True, refresh="--refresh" in flags)
    case ["destroy"]:
        stack.destroy()
`;

const typescript = `import * as pulumi from "@pulumi/pulumi";
import { OrgConnection } from "pulumi-datadog-org-connections-sdk";

const sinkOrgId = new pulumi.Config().require("hub");
const toHub = new OrgConnection("to-hub", { sinkOrgId, connectionTypes: ["logs"] });
// @ts-expect-error: the sink is required
void (() => new OrgConnection("wrong", { connectionTypes: ["logs"] }));
export const sink: pulumi.Output<string | undefined> = toHub.sinkOrgName;
`;

const read = (path: string) => readFileSync(path, "utf8");

/** The files of each program, without what installs its SDK. */
export const programs = {
  yaml: { "Pulumi.yaml": yaml },
  python: { "program.py": python, "__main__.py": read("examples/python/__main__.py") },
  go: {
    "main.go": read("examples/go/main.go"),
    "go.mod": read("examples/go/go.mod"),
    "program_test.go": read("test/consumers/plugin/program_test.go"),
  },
  java: { "Program.java": read("test/consumers/plugin/Program.java") },
  typescript: { "Pulumi.yaml": "name: consumer\nruntime: nodejs\n", "index.ts": typescript },
} satisfies Record<string, Files>;
