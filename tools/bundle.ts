/**
 * Bundles what the package carries instead of depending on it, with the license of each package:
 *
 * - node-fetch, as `dist/provider/api/fetch.js`: a user would install 9 MB of a polyfill with it that
 *   no supported version of Node.js loads.
 * - the plugin with all that it needs, as `dist/plugin/main.js`.
 *
 * Beside the plugin are its schema, completed from package.json, and its bill of materials.
 */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type BuildOptions, build } from "esbuild";
import { bundleSchema, completeSchema } from "./plugin-schema.ts";
import { pluginSbom, sbomOf } from "./sbom.ts";

const common = {
  bundle: true,
  platform: "node",
  format: "cjs",
  target: "node22",
  legalComments: "none",
  metafile: true,
  // node-fetch requires the polyfill where Node.js has no streams of the web. All that are supported
  // have them, and a user's bundler would look for the polyfill in vain.
  alias: { "web-streams-polyfill/dist/ponyfill.es2018.js": "node:stream/web" },
} satisfies BuildOptions;

await bundle({
  ...common,
  entryPoints: ["provider/api/fetch.ts"],
  outfile: "dist/provider/api/fetch.js",
});
const schema = await completeSchema();
const folders = await bundle({
  ...common,
  entryPoints: ["plugin/main.ts"],
  outfile: "dist/plugin/main.js",
  minify: true, // Node.js starts faster with less to read
  keepNames: true, // the names of errors
  external: ["@grpc/proto-loader"], // gRPC loads it for its diagnostics only
  plugins: [bundleSchema(schema)],
});
await writeFile("dist/plugin/schema.json", schema);
await writeFile(pluginSbom, JSON.stringify(await sbomOf(folders), undefined, 2));

/** @returns The folders of the packages that the bundle contains. */
async function bundle(options: BuildOptions & typeof common): Promise<string[]> {
  const { metafile } = await build<BuildOptions & typeof common>({ ...options, write: false });
  const all = Object.keys(metafile.inputs).flatMap(
    (file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? [],
  );
  const packages = [...new Set(all)].sort();
  const notices = await Promise.all(packages.map(noticeOf));
  await build({ ...options, banner: { js: `/*\n${notices.join("\n\n")}\n*/` } });
  return packages;
}

/** The name, the version and the license of a package. */
async function noticeOf(folder: string): Promise<string> {
  const manifest: { name: string; version: string; license: string; author?: unknown } = JSON.parse(
    await readFile(join(folder, "package.json"), "utf8"),
  );
  const file = (await readdir(folder)).find((name) => /^licen[cs]e/i.test(name));
  const text = file
    ? await readFile(join(folder, file), "utf8")
    : `${manifest.license}, ${JSON.stringify(manifest.author)}`;
  return `${manifest.name} ${manifest.version}\n\n${text.trim().replaceAll("*/", "* /")}`;
}
