import { join, resolve } from "node:path";
import { expect, inject } from "vitest";
import { newStack } from "../end-to-end/fixture.ts";
import { runCommand } from "../support/engine/run-command.ts";
import type { FakeDatadog } from "../support/fake-datadog/index.ts";
import type { Stack } from "../support/harness/stack.ts";
import type { StackConfig, StackOptions } from "../support/harness/stack-options.ts";

/**
 * A stack of an example's own files, compiled by the example's own tsconfig and the TypeScript that
 * a user has, against the installed package. What runs is CommonJS, as for a user.
 *
 * @param config By keys of the example's project, which may be paths.
 */
export async function newExample(
  fake: FakeDatadog,
  name: string,
  config: StackConfig,
  env?: StackOptions["env"],
): Promise<Stack> {
  const stack = await newStack(
    fake,
    {},
    {
      directory: resolve("examples", name),
      program: "index.js",
      ...(env && { env: { DD_HOST: fake.url, ...env } }),
    },
  );
  const keys = Object.entries(config).map(([key, value]) => [
    `org-connections-${name}:${key}`,
    value,
  ]);
  await stack.setConfig(Object.fromEntries(keys), { path: true });
  const tsc = join(inject("installation").project, "node_modules/typescript/bin/tsc");
  const compiled = await runCommand(process.execPath, [tsc, "-p", ".", "--noEmit", "false"], {
    cwd: stack.workDirectory,
  });
  expect(compiled).toMatchObject({ code: 0, output: "" });
  return stack;
}
