import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { succeed } from "../support/engine/run-command.ts";

/** Package managers and runtimes that the consumers need, from npm, at the versions of the table. */
export class Tools {
  readonly #root: string;
  readonly #installed = new Map<string, Promise<string>>();

  /** @param root Folder to install them into. */
  constructor(root: string) {
    this.#root = root;
  }

  /** The folder that holds a package's executables; it is installed at the first call. */
  bin(name: string, version: string): Promise<string> {
    const wanted = `${name}@${version}`;
    const installed = this.#installed.get(wanted) ?? this.#install(name, version);
    this.#installed.set(wanted, installed);
    return installed;
  }

  async #install(name: string, version: string): Promise<string> {
    const folder = join(this.#root, `${name.replace("/", "-")}-${version}`);
    await mkdir(folder, { recursive: true });
    const manifest = {
      dependencies: { [name]: version },
      // npm is told which packages may run a script: these lay their executable by one.
      allowScripts: { bun: true, node: true, pnpm: true },
    };
    await writeFile(join(folder, "package.json"), JSON.stringify(manifest));
    await succeed("npm", ["install", ...npmQuiet], { cwd: folder });
    return join(folder, "node_modules/.bin");
  }
}

/** What keeps npm quick and short. */
export const npmQuiet = ["--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"];
