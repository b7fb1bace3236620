/** Programs that use the plugin: each declares one connection, and exports its sink. */
import { readFileSync } from "node:fs";
import type { Files } from "../consumer.ts";

const token = "datadog-org-connections:index:OrgConnection";

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

/** Does the operation of its first argument. */
const pythonAutomation = `
def program():
    pulumi.export("sink", declare(os.environ["HUB"]))

stack = auto.create_or_select_stack(
    stack_name="consumer", project_name="consumer", program=program
)
match sys.argv[1:]:
    case ["up"]:
        result = stack.up()
        print({name: output.value for name, output in result.outputs.items()})
    case ["preview", *flags]:
        stack.preview(expect_no_changes=True, refresh="--refresh" in flags)
    case ["destroy"]:
        stack.destroy()
`;

const pythonImports = `import os
import sys

import pulumi
from pulumi import automation as auto
`;

const pythonByHand = `${pythonImports}

class OrgConnection(pulumi.CustomResource):
    sink_org_name: pulumi.Output[str]

    def __init__(self, name, sink_org_id, connection_types, opts=None):
        props = {
            "sinkOrgId": sink_org_id,
            "connectionTypes": connection_types,
            "sinkOrgName": None,
        }
        super().__init__("${token}", name, props, opts)


def declare(hub):
    connection = OrgConnection("to-hub", hub, ["logs"])
    return connection.sinkOrgName

${pythonAutomation}`;

/** Runs the example, configured to share with one org. */
const pythonExample = `${pythonImports}import json
import runpy


def declare(hub):
    connections = {"hub": {"sinkOrgId": hub, "types": ["logs"]}}
    pulumi.runtime.set_config("consumer:connections", json.dumps(connections))
    return runpy.run_path("__main__.py")["connection"].sink_org_name

${pythonAutomation}`;

const typescriptByHand = `import * as pulumi from "@pulumi/pulumi";

class OrgConnection extends pulumi.CustomResource {
  declare public readonly sinkOrgName: pulumi.Output<string | undefined>;

  constructor(name: string, args: { sinkOrgId: string; connectionTypes: string[] }) {
    super("${token}", name, { sinkOrgName: undefined, ...args });
  }
}

const sinkOrgId = new pulumi.Config().require("hub");
const toHub = new OrgConnection("to-hub", { sinkOrgId, connectionTypes: ["logs"] });
export const sink = toHub.sinkOrgName;
`;

const typescriptBySdk = `import * as pulumi from "@pulumi/pulumi";
import { OrgConnection } from "pulumi-datadog-org-connections-sdk";

const sinkOrgId = new pulumi.Config().require("hub");
const toHub = new OrgConnection("to-hub", { sinkOrgId, connectionTypes: ["logs"] });
// @ts-expect-error: the sink is required
void (() => new OrgConnection("wrong", { connectionTypes: ["logs"] }));
export const sink: pulumi.Output<string | undefined> = toHub.sinkOrgName;
`;

const project = "name: consumer\nruntime: nodejs\n";

/** The files of each program, without what installs its SDK. */
export const pluginPrograms = {
  yaml: { "Pulumi.yaml": yaml },
  pythonByHand: { "program.py": pythonByHand },
  pythonExample: {
    "program.py": pythonExample,
    "__main__.py": readFileSync("examples/python/__main__.py", "utf8"),
  },
  typescriptByHand: { "Pulumi.yaml": project, "index.ts": typescriptByHand },
  typescriptBySdk: { "Pulumi.yaml": project, "index.ts": typescriptBySdk },
} satisfies Record<string, Files>;
