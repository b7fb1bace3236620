import { expect, inject, onTestFinished, test } from "vitest";
import { Stack } from "./stack.ts";

const program = (kind: string) => `
const { PATH, OWN, DD_API_KEY } = process.env;
exports.seen = [process.pid, "${kind}", require("./part.cjs"), OWN, DD_API_KEY, PATH.length > 0];
`;

function newStack(kind: string): Promise<Stack> {
  return Stack.create({
    installation: inject("installation"),
    files: { "index.cjs": program(kind), "part.cjs": "module.exports = 1;" },
    program: "index.cjs",
    reusesProcesses: true,
  });
}

test("a process that serves several operations loads each program anew, with its environment", async () => {
  process.env["DD_API_KEY"] = "the caller's";
  onTestFinished(() => void delete process.env["DD_API_KEY"]);
  const stack = await newStack("first");
  const { outputs } = await stack.up({ env: { OWN: "own" } });
  const [pid] = Object(outputs["seen"]);
  expect(outputs).toEqual({ seen: [pid, "first", 1, "own", null, true] });
  await stack.write("index.cjs", program("changed"));
  await stack.write("part.cjs", "module.exports = 2;");
  expect((await stack.up()).outputs).toEqual({ seen: [pid, "changed", 2, null, null, true] });
  const other = await newStack("other");
  expect((await other.up()).outputs).toEqual({ seen: [pid, "other", 1, null, null, true] });

  await stack.write("index.cjs", "throw new Error('the program gave up');");
  const { code, output } = await stack.up();
  expect(code).toBe(1);
  expect(output).toContain("the program gave up");
  await stack.write("index.cjs", program("after a failure"));
  const [later] = Object((await stack.up()).outputs["seen"]);
  expect(later).not.toBe(pid);
});
