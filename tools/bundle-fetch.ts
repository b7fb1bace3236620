/**
 * Bundles node-fetch into `dist/provider/api/fetch.js`, with the license of each package in it: a
 * user would install 9 MB of a polyfill with node-fetch that no supported version of Node.js loads.
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type BuildOptions, build } from "esbuild";

const options: BuildOptions & { readonly metafile: true } = {
  entryPoints: ["provider/api/fetch.ts"],
  outfile: "dist/provider/api/fetch.js",
  bundle: true,
  platform: "node",
  format: "cjs",
  target: "node22",
  external: ["web-streams-polyfill"],
  metafile: true,
};

const { metafile } = await build<typeof options>({ ...options, write: false });
const folders = Object.keys(metafile.inputs).flatMap(
  (file) => /^node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? [],
);
const notices = await Promise.all([...new Set(folders)].sort().map(noticeOf));
await build({ ...options, banner: { js: `/*\n${notices.join("\n\n")}\n*/` } });

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
