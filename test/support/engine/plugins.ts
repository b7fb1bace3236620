import { copyFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** The executables that the engine starts for Node.js programs and their dynamic resources. */
export const NODE_PLUGINS = ["pulumi-language-nodejs", "pulumi-resource-pulumi-nodejs"] as const;

// `require` of an evaluated text resolves from the working directory, which is the program's.
// The text takes the place that a script's path has in process.argv.
const DYNAMIC_PROVIDER = `#!/bin/sh
exec node -e 'process.argv.splice(1, 0, "dynamic-provider"); require("@pulumi/pulumi/cmd/dynamic-provider")' -- "$@"
`;

const LANGUAGE_HOST = `#!/bin/sh
exec node "$(dirname "$0")/language-host.cjs" "$@"
`;

/**
 * Lays the plugins for Node.js beside an engine that was built without them: they run the `node`
 * that is first on PATH, and the `@pulumi/pulumi` of the working directory.
 */
export async function layNodePlugins(bin: string): Promise<void> {
  const [languageHost, dynamicProvider] = NODE_PLUGINS;
  await copyFile(join(import.meta.dirname, "language-host.cjs"), join(bin, "language-host.cjs"));
  await writeFile(join(bin, languageHost), LANGUAGE_HOST, { mode: 0o755 });
  await writeFile(join(bin, dynamicProvider), DYNAMIC_PROVIDER, { mode: 0o755 });
}
