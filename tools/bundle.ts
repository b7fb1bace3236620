/**
 * Bundles the plugin with all that it needs, as `dist/plugin/main.js`, with the license of each package:
 * a single executable application has only one file. Beside it are its schema, completed from package.json, and its
 * bill of materials.
 */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type BuildOptions, build } from "esbuild";
import { bundleSchema, completeSchema } from "./plugin-schema.ts";
import { pluginSbom, sbomOf } from "./sbom.ts";

const schema = await completeSchema();

const options = {
  entryPoints: ["plugin/main.ts"],
  outfile: "dist/plugin/main.js",
  bundle: true,
  platform: "node",
  format: "cjs",
  target: "node22",
  minify: true, // Node.js starts faster with less to read
  keepNames: true, // the names of errors
  legalComments: "none",
  metafile: true,
  external: ["@grpc/proto-loader"], // gRPC loads it for its diagnostics only
  // node-fetch requires the polyfill where Node.js has no streams of the web. All that are supported have.
  alias: { "web-streams-polyfill/dist/ponyfill.es2018.js": "node:stream/web" },
  plugins: [bundleSchema(schema)],
} satisfies BuildOptions;

const { metafile } = await build<BuildOptions & typeof options>({ ...options, write: false });
const folders = Object.keys(metafile.inputs).flatMap(
  (file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? [],
);
const packages = [...new Set(folders)].sort();
const notices = await Promise.all(packages.map(noticeOf));
await build({ ...options, banner: { js: `/*\n${notices.join("\n\n")}\n*/` } });
await writeFile("dist/plugin/schema.json", schema);
await writeFile(pluginSbom, JSON.stringify(await sbomOf(packages), undefined, 2));

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
