import { escapeText, literal } from "../output/escape";
import type { Importable } from "./importable";

const lineWidth = 80;

/** Renders a program that declares these connections, formatted like Prettier's output. */
export function programText(importable: readonly Importable[]): string {
  return `import {
  OrgConnection,
  type OrgConnectionArgs,
} from "pulumi-datadog-org-connections";

const connections: Record<string, OrgConnectionArgs> = {
${importable.map(declaration).join("\n")}
};

// Protected, as \`pulumi import\` protects them, so that none is deleted by mistake.
for (const [name, args] of Object.entries(connections)) {
  new OrgConnection(name, args, { protect: true });
}
`;
}

function declaration({ name, outputs }: Importable): string {
  const { profile, sinkOrgId, sinkOrgName, connectionTypes } = outputs;
  const comment = sinkOrgName === undefined ? "" : ` // ${escapeText(sinkOrgName)}`;
  return [
    `  ${literal(name)}: {`,
    ...(profile === undefined ? [] : [`    profile: ${literal(profile)},`]),
    `    sinkOrgId: ${literal(sinkOrgId)},${comment.trimEnd()}`,
    list("connectionTypes", connectionTypes),
    "  },",
  ].join("\n");
}

function list(property: string, values: readonly string[]): string {
  const literals = values.map((value) => literal(value));
  const line = `    ${property}: [${literals.join(", ")}],`;
  if (line.length <= lineWidth) return line;
  const lines = literals.map((value) => `      ${value},`);
  return [`    ${property}: [`, ...lines, "    ],"].join("\n");
}
