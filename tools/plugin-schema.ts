import { readFile } from "node:fs/promises";
import type { Plugin } from "esbuild";
import schema from "../plugin/schema.json" with { type: "json" };

/**
 * The plugin's schema with what package.json says. The release sets the repository, and so the
 * address that the Pulumi CLI downloads the plugin from.
 */
export async function completeSchema(): Promise<string> {
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

/** Has the bundle contain this schema in place of the file's. */
export function bundleSchema(contents: string): Plugin {
  return {
    name: "schema",
    setup: ({ onLoad }) =>
      onLoad({ filter: /[\\/]plugin[\\/]schema\.json$/ }, () => ({ contents, loader: "json" })),
  };
}
