/**
 * Audits the packages in the plugin's one file, which npm knows only as development dependencies.
 * Ends with 1 if one of them has a known vulnerability, or if npm gives no answer.
 */
import { spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pluginSbom, purlOf, type Sbom } from "./sbom.ts";

interface Audit {
  /** By the name of the package; each node is the folder of a copy of it. */
  readonly vulnerabilities?: Readonly<
    Record<string, { readonly severity: string; readonly nodes: readonly string[] }>
  >;
}

const sbom: Sbom = JSON.parse(await readFile(pluginSbom, "utf8"));
const bundled = sbom.components.map(({ purl }) => purl);
// npm ends with 1 if it finds anything at all.
const { stdout } = spawnSync("npm", ["audit", "--json"], { encoding: "utf8" });
const { vulnerabilities }: Audit = JSON.parse(stdout);
const problems =
  vulnerabilities === undefined
    ? [`npm audit failed: ${stdout}`]
    : await problemsOf(vulnerabilities);
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
else console.log(`No known vulnerability in the ${bundled.length} packages of the plugin's file.`);

async function problemsOf(found: NonNullable<Audit["vulnerabilities"]>): Promise<string[]> {
  const copies = Object.entries(found).flatMap(([name, { severity, nodes }]) =>
    nodes.map(async (node) => {
      const { version } = JSON.parse(await readFile(join(node, "package.json"), "utf8"));
      return bundled.includes(purlOf(name, version))
        ? [`The plugin contains ${name} ${version}, which has a ${severity} vulnerability.`]
        : [];
    }),
  );
  return (await Promise.all(copies)).flat();
}
