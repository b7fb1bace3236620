import { UserError } from "./errors";

/**
 * Checks that the package supports this version of Node.js, before what it lacks fails in some other way.
 * The same versions are in `engines` of `package.json`.
 *
 * @throws UserError if it is too old.
 */
export function assertSupportedNode({ node, bun, deno }: NodeJS.ProcessVersions): void {
  if (bun || deno) return; // these name a version of Node.js, but aren't it
  const [major = 0, minor = 0] = node.split(".").map(Number);
  if (major > 24 || (major === 24 && minor >= 5) || (major === 22 && minor >= 21)) return;
  throw new UserError(
    `this package needs Node.js 22.21 or a later 22, or Node.js 24.5 or later, but runs with ${node}. ` +
      "Install a newer version.",
    "Unsupported version of Node.js",
  );
}
