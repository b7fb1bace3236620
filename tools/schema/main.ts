/** Writes the plugin's schema to `dist/plugin/schema.json`. */
import { mkdir, writeFile } from "node:fs/promises";
import { pluginSchema } from "./plugin-schema.ts";

try {
  const schema = await pluginSchema();
  await mkdir("dist/plugin", { recursive: true });
  await writeFile("dist/plugin/schema.json", `${JSON.stringify(schema, undefined, 2)}\n`);
} catch (error) {
  const reason = error instanceof Error ? error.message : error;
  console.error(`Cannot write the plugin's schema. ${reason}`);
  process.exitCode = 1;
}
