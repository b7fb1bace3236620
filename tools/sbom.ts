/**
 * The parts of a file that the package or a release contains, as a CycloneDX bill of materials:
 * `npm audit` and `npm sbom` in a user's project can't see them. https://cyclonedx.org/docs/1.6/json/
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** Where the bill of the plugin's one file is. */
export const pluginSbom = "dist/plugin/main.cdx.json";

export type Sbom = Awaited<ReturnType<typeof sbomOf>>;

/** The bill of a file of this package that contains the packages in these folders. */
export async function sbomOf(folders: readonly string[]) {
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: { component: { ...(await componentOf(".")), type: "application" } },
    components: await Promise.all(folders.map(componentOf)),
  };
}

/** The bill with the Node.js that an executable contains beside the file. */
export function withNode(sbom: Sbom, version: string): object {
  const purl = `pkg:generic/nodejs@${version}`;
  const node = { type: "platform", "bom-ref": purl, name: "nodejs", version, purl };
  return { ...sbom, components: [...sbom.components, node] };
}

/** The package URL of an npm package. */
export function purlOf(name: string, version: string): string {
  return `pkg:npm/${name.replace("@", "%40")}@${version}`;
}

async function componentOf(folder: string) {
  const manifest: { name: string; version: string; license: string } = JSON.parse(
    await readFile(join(folder, "package.json"), "utf8"),
  );
  const { name: fullName, version, license } = manifest;
  const [name = "", group] = fullName.split("/").reverse();
  const purl = purlOf(fullName, version);
  const isExpression = license.includes(" ");
  return {
    type: "library",
    "bom-ref": purl,
    ...(group && { group }),
    name,
    version,
    purl,
    licenses: [isExpression ? { expression: license } : { license: { id: license } }],
  };
}
