/**
 * Bundles what the package carries instead of depending on it, with the license of each package:
 *
 * - node-fetch, as `dist/provider/api/fetch.js`: a user would install 9 MB of a polyfill with it that
 *   no supported version of Node.js loads.
 * - the plugin with all that it needs, as `dist/plugin/main.js`.
 *
 * The plugin's schema, `dist/plugin/schema.json`, is completed from package.json.
 */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type BuildOptions, build } from "esbuild";
import schema from "../plugin/schema.json" with { type: "json" };

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
const completeSchema = JSON.stringify(await completed(schema));
await bundle({
  ...common,
  entryPoints: ["plugin/main.ts"],
  outfile: "dist/plugin/main.js",
  minify: true, // Node.js starts faster with less to read
  keepNames: true, // the names of errors
  external: ["@grpc/proto-loader"], // gRPC loads it for its diagnostics only
  plugins: [
    {
      name: "schema",
      setup({ onLoad }) {
        const contents = { contents: completeSchema, loader: "json" } as const;
        onLoad({ filter: /[\\/]plugin[\\/]schema\.json$/ }, () => contents);
      },
    },
  ],
});
await writeFile("dist/plugin/schema.json", completeSchema);

/**
 * The schema with what package.json says. The release sets the repository, and so the address that
 * the Pulumi CLI downloads the plugin from.
 */
async function completed({ language, ...rest }: typeof schema): Promise<object> {
  const manifest: {
    version: string;
    description: string;
    license: string;
    repository?: { url: string };
  } = JSON.parse(await readFile("package.json", "utf8"));
  const { version, description, license, repository } = manifest;
  const [, path] = /github\.com\/(.+?)(?:\.git)?$/.exec(repository?.url ?? "") ?? [];
  const common = { ...rest, version, description, license };
  if (path === undefined) return { ...common, language };
  const importBasePath = `github.com/${path}/sdk/go/datadogorgconnections`;
  return {
    ...common,
    homepage: `https://github.com/${path}`,
    repository: `https://github.com/${path}`,
    publisher: path.split("/")[0],
    pluginDownloadURL: `github://api.github.com/${path}`,
    language: { ...language, go: { ...language.go, importBasePath } },
  };
}

async function bundle(options: BuildOptions & typeof common): Promise<void> {
  const { metafile } = await build<BuildOptions & typeof common>({ ...options, write: false });
  const folders = Object.keys(metafile.inputs).flatMap(
    (file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? [],
  );
  const notices = await Promise.all([...new Set(folders)].sort().map(noticeOf));
  await build({ ...options, banner: { js: `/*\n${notices.join("\n\n")}\n*/` } });
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
