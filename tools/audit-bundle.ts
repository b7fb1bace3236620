/**
 * Audits the packages in the plugin's one file, which npm knows only as development dependencies.
 * Ends with 1 if one of them has a known vulnerability, or if npm gives no answer.
 */
import { spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pluginSbom, type Sbom } from "./sbom.ts";

interface Audit {
  /** By the name of the package; each node is the folder of a copy of it. */
  readonly vulnerabilities: Readonly<
    Record<string, { readonly severity: string; readonly nodes: readonly string[] }>
  >;
}

const sbom: Sbom = JSON.parse(await readFile(pluginSbom, "utf8"));
const bundled = sbom.components.map(({ purl }) => purl);
// npm ends with 1 if it finds anything at all.
const { stdout } = spawnSync("npm", ["audit", "--json"], { encoding: "utf8", shell: true });
const { vulnerabilities }: Audit = JSON.parse(stdout);
const found = Object.entries(vulnerabilities).flatMap(([name, { severity, nodes }]) =>
  nodes.map((node) => ({ name, severity, node })),
);
let isVulnerable = false;
for (const { name, severity, node } of found) {
  const { version } = JSON.parse(await readFile(join(node, "package.json"), "utf8"));
  if (!bundled.includes(`pkg:npm/${name.replace("@", "%40")}@${version}`)) continue;
  console.error(`The plugin contains ${name} ${version}, which has a ${severity} vulnerability.`);
  isVulnerable = true;
}
console.log(`Audited ${bundled.length} packages in the plugin's file.`);
process.exitCode = isVulnerable ? 1 : 0;
