/**
 * Bundles the plugin with all that it needs, as `dist/plugin/main.js`, with the license of each package:
 * a single executable application has only one file. Beside it are its schema, completed from package.json, and its
 * bill of materials.
 */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type BuildOptions, build } from "esbuild";
import schema from "../plugin/schema.json" with { type: "json" };
import { pluginSbom, sbomOf } from "./sbom.ts";

const completeSchema = await complete();

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
  plugins: [
    {
      name: "schema",
      setup: ({ onLoad }) =>
        onLoad({ filter: /[\\/]plugin[\\/]schema\.json$/ }, () => ({
          contents: completeSchema,
          loader: "json",
        })),
    },
  ],
} satisfies BuildOptions;

const { metafile } = await build<BuildOptions & typeof options>({ ...options, write: false });
const folders = Object.keys(metafile.inputs).flatMap(
  (file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? [],
);
const packages = [...new Set(folders)].sort();
const notices = await Promise.all(packages.map(noticeOf));
await build({ ...options, banner: { js: `/*\n${notices.join("\n\n")}\n*/` } });
await writeFile("dist/plugin/schema.json", completeSchema);
await writeFile(pluginSbom, JSON.stringify(await sbomOf(packages), undefined, 2));

/**
 * The plugin's schema with what package.json says. The release sets the repository, and so the
 * address that the Pulumi CLI downloads the plugin from.
 */
async function complete(): Promise<string> {
  const manifest: {
    version: string;
    description: string;
    license: string;
    repository?: { url: string };
  } = JSON.parse(await readFile("package.json", "utf8"));
  const { version, description, license, repository } = manifest;
  const [, path] = /github\.com\/(.+?)(?:\.git)?$/.exec(repository?.url ?? "") ?? [];
  const { go, ...language } = schema.language;
  return JSON.stringify({
    ...schema,
    version,
    description,
    license,
    ...(path && {
      homepage: `https://github.com/${path}`,
      repository: `https://github.com/${path}`,
      publisher: path.split("/")[0],
      pluginDownloadURL: `github://api.github.com/${path}`,
      language: {
        ...language,
        go: { ...go, importBasePath: `github.com/${path}/sdk/go/datadogorgconnections` },
      },
    }),
  });
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
