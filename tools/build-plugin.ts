/**
 * `npm run build:plugin`: makes `build/pulumi-resource-datadog-org-connections` from
 * `dist/plugin/main.js` and the Node.js that runs this, as a single executable application, and its
 * bill of materials beside it.
 * https://nodejs.org/api/single-executable-applications.html
 */
import { execFile } from "node:child_process";
import * as fs from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { pluginSbom, withNode } from "./sbom.ts";

const run = promisify(execFile);
const isMac = process.platform === "darwin";
const name = "pulumi-resource-datadog-org-connections";
const executable = join("build", process.platform === "win32" ? `${name}.exe` : name);

await fs.mkdir("build", { recursive: true });
const work = await fs.mkdtemp(join("build", "work-"));
try {
  console.log(`Building ${executable} with Node.js ${process.version} …`);
  const copy = join(work, "executable");
  await fs.copyFile(process.execPath, copy);
  await fs.chmod(copy, 0o755);
  if (isMac) await run("codesign", ["--remove-signature", copy]);
  const postject = fileURLToPath(import.meta.resolve("postject/dist/cli.js"));
  const fuse = ["--sentinel-fuse", "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2"];
  const segment = isMac ? ["--macho-segment-name", "NODE_SEA"] : [];
  const args = [copy, "NODE_SEA_BLOB", await blob(), ...fuse, ...segment];
  await run(process.execPath, [postject, ...args]);
  if (isMac) await run("codesign", ["--sign", "-", copy]);
  await fs.rename(copy, executable); // one that runs can't be written to, but replaced
  const sbom = withNode(JSON.parse(await fs.readFile(pluginSbom, "utf8")), process.versions.node);
  await fs.writeFile(join("build", `${name}.cdx.json`), JSON.stringify(sbom, undefined, 2));
  const { size } = await fs.stat(executable);
  console.log(`Built ${executable}, ${Math.round(size / 1e6)} MB.`);
} finally {
  await fs.rm(work, { recursive: true });
}

/** Makes the file that Node.js looks for in its own executable: the plugin with its code cache. */
async function blob(): Promise<string> {
  const [config, output] = [join(work, "config.json"), join(work, "blob")];
  const options = {
    main: "dist/plugin/main.js",
    output,
    disableExperimentalSEAWarning: true,
    useCodeCache: true,
    // The certificates of the machine's store are trusted too, as by the plugins that are written in Go.
    execArgv: ["--use-system-ca"],
    // NODE_OPTIONS is meant for the user's program, and may load what isn't there.
    execArgvExtension: "none",
  };
  await fs.writeFile(config, JSON.stringify(options));
  await run(process.execPath, ["--experimental-sea-config", config]);
  return output;
}
