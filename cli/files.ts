import { constants, createReadStream } from "node:fs";
import { open, readFile, realpath, rm, stat, writeFile } from "node:fs/promises";
import { UserError } from "../provider/errors";

const mebibyte = 1024 * 1024;
const largestMebibytes = 256;

/**
 * Reads a text: UTF-8, or UTF-16 as PowerShell's `>` writes it.
 *
 * @param path Default: standard input.
 * @throws UserError if it can't be read, isn't text or is larger than 256 MiB.
 */
export async function readText(path?: string): Promise<string> {
  try {
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of path === undefined ? process.stdin : createReadStream(path)) {
      size += chunk.length;
      if (size > largestMebibytes * mebibyte) {
        throw new Error(`it is larger than ${largestMebibytes} MiB.`);
      }
      chunks.push(chunk);
    }
    return decode(Buffer.concat(chunks));
  } catch (error) {
    throw fileError("read", path ?? "standard input", error);
  }
}

/** A zero byte means UTF-16 without a byte order mark: JSON and YAML begin with an ASCII character. */
function decode(bytes: Uint8Array): string {
  const [first, second] = bytes;
  const isBigEndian = first === 0 || (first === 0xfe && second === 0xff);
  const isLittleEndian = second === 0 || (first === 0xff && second === 0xfe);
  const encoding = isBigEndian ? "utf-16be" : isLittleEndian ? "utf-16le" : "utf-8";
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes); // without byte order mark
  } catch {
    throw new Error("it isn't text in UTF-8 or UTF-16.");
  }
}

interface NewFile {
  readonly path: string;
  readonly text: string;
}

/**
 * Writes all files or none: if one can't be written, the others are restored.
 *
 * @throws UserError also if two paths lead to one file, or if a file exists and `force` isn't set.
 */
export async function writeNewFiles(files: readonly NewFile[], force = false): Promise<void> {
  const written = new Map<string, string>();
  const undo: (() => Promise<void>)[] = [];
  for (const file of files) {
    try {
      await writeNewFile(file, force, written, undo);
    } catch (error) {
      for (const restore of undo.reverse()) await restore().catch(() => {}); // report the first failure
      throw fileError("write", file.path, error);
    }
  }
}

/** @param written The paths of the regular files that were written, by their identity. */
async function writeNewFile(
  { path, text }: NewFile,
  force: boolean,
  written: Map<string, string>,
  undo: (() => Promise<void>)[],
): Promise<void> {
  const before = await stat(path).catch(() => undefined);
  if (before !== undefined && !force) {
    throw new Error("it already exists. Choose another file, or add --force to overwrite it.");
  }
  const content = before?.isFile() ? await readFile(path) : undefined;
  // Not "w", which empties a file before its identity is known.
  const handle = await open(path, force ? constants.O_WRONLY | constants.O_CREAT : "wx");
  undo.push(async () => {
    if (content !== undefined) await writeFile(path, content);
    // A link to a missing file stays: only the file is removed that was created through it.
    if (before === undefined) await rm(await realpath(path), { force: true });
  });
  try {
    const found = await handle.stat({ bigint: true });
    if (found.isFile()) {
      const id = `${found.dev}:${found.ino}`;
      const other = written.get(id);
      if (other !== undefined) {
        throw new Error(`it is the same file as ${other}. Choose two different files.`);
      }
      written.set(id, path);
      await handle.truncate();
    }
    await handle.writeFile(text);
  } finally {
    await handle.close();
  }
}

function fileError(verb: "read" | "write", path: string, error: unknown): UserError {
  return new UserError(error instanceof Error ? error.message : "", `Cannot ${verb} ${path}`);
}
