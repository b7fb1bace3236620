import { join } from "node:path";
import { expect, inject, it } from "vitest";
import { runCommand } from "../support/engine/run-command.ts";
import { stackEnvironment } from "../support/harness/environment.ts";

it("Pulumi finds no mistake in the schema of the packed plugin", async () => {
  const { project, root, engine, nodeDirectory } = inject("installation");
  const schema = "node_modules/pulumi-datadog-org-connections/dist/plugin/schema.json";
  const env = stackEnvironment(
    { engine, nodeDirectory },
    { home: join(root, "home"), backend: root },
  );
  const checked = await runCommand(engine.command, ["schema", "check", schema], {
    cwd: project,
    env,
  });
  expect(checked).toMatchObject({ code: 0, output: "" });
});
