/** Prints the path of a Pulumi engine, which it installs first where there is none. */
import { ensureEngine } from "./engine.ts";

try {
  const engine = await ensureEngine((line) => console.error(line));
  console.log(engine.command);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
