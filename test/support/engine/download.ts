import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Installation } from "./installation.ts";
import { runCommand } from "./run-command.ts";

/** Installs the official CLI by Pulumi's own script. */
export async function downloadOfficial({ root, version, env, log }: Installation): Promise<void> {
  log(`Downloading the Pulumi CLI v${version} (about a minute).`);
  // Fetched apart from its run: this request alone shows quickly that the site is out of reach.
  const script = await runCommand(
    "curl",
    ["-fsSL", "--max-time", "20", "https://get.pulumi.com/install.sh"],
    { env },
  );
  if (script.code !== 0) {
    throw new Error(`Pulumi's download site is out of reach (${lastLine(script.output)}).`);
  }
  const path = join(root, "install.sh");
  await writeFile(path, script.stdout);
  const args = [path, "--no-edit-path", "--install-root", root, "--version", version];
  const installed = await runCommand("sh", args, { env, timeout: 300_000 });
  if (installed.code !== 0) {
    throw new Error(`Pulumi's installer failed (${lastLine(installed.output)}).`);
  }
}

function lastLine(output: string): string {
  return output.trim().split("\n").at(-1) ?? "";
}
