import { runCommand } from "../engine/run-command.ts";

/** Ends at once every process that has this text in its environment: engine, program, provider. */
export async function killAllWith(text: string): Promise<void> {
  const { stdout } = await runCommand("ps", ["axeww", "-o", "pid=,command="]);
  for (const line of stdout.split("\n").filter((one) => one.includes(text))) {
    try {
      process.kill(Number.parseInt(line, 10), "SIGKILL");
    } catch {
      // It ended by itself.
    }
  }
}
