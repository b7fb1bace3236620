import { readFile } from "node:fs/promises";
import type { PackageSchema } from "./format.ts";
import { packageSchema } from "./package-schema.ts";

const paths = ["sdk/org-connection.ts", "sdk/get-org-connections.ts", "plugin/provider-args.ts"];

/** The schema of this package's plugin, from the sources in the working directory. */
export async function pluginSchema(): Promise<PackageSchema> {
  const texts = await Promise.all(paths.map((path) => readFile(path, "utf8")));
  const sources = Object.fromEntries(paths.map((path, index) => [path, texts[index] ?? ""]));
  return packageSchema(sources, JSON.parse(await readFile("package.json", "utf8")));
}
