import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";

const folders = ["cli", "plugin", "provider", "sdk"];

/** What Datadog, Node.js or Pulumi say: no text of this package. */
const foreign = [
  "401 Unauthorized",
  "403 Forbidden",
  "400 Bad Request",
  "429 Too Many Requests",
  "Cannot find module 'pulumi-datadog-org-connections/provider'",
  "Cannot read properties of undefined (reading 'toJavaScript')",
  "could not find latest version for provider datadog-org-connections",
];

async function source(): Promise<string> {
  const names = folders.map(async (folder) =>
    (await readdir(folder, { recursive: true })).map((name) => join(folder, name)),
  );
  const paths = (await Promise.all(names)).flat().filter((path) => path.endsWith(".ts"));
  const texts = await Promise.all(paths.map((path) => readFile(path, "utf8")));
  return texts.join("\n").replace(/["'`] \+\s+["'`]/g, ""); // texts that go on in the next line
}

it("every message that Troubleshooting explains is one that a user can see", async () => {
  const guide = await readFile("docs/troubleshooting.md", "utf8");
  const messages = [...guide.matchAll(/\*\*`([^`]+)`\*\*/g)].map(([, message = ""]) => message);
  expect(messages.length).toBeGreaterThan(20);
  const text = await source();
  const parts = messages
    .filter((message) => !foreign.includes(message))
    .flatMap((message) => message.split("…").map((part) => part.trim()));
  expect(parts.filter((part) => !text.includes(part))).toEqual([]);
});
