import { constants, createReadStream } from "node:fs";
import { type FileHandle, open, readFile, realpath, rm, stat, writeFile } from "node:fs/promises";
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
    throw new UserError(
      error instanceof Error ? error.message : "",
      `Cannot read ${path ?? "standard input"}`,
    );
  }
}

/** Without a byte order mark, a zero byte tells UTF-16: JSON and YAML begin with an ASCII character. */
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

export interface NewFile {
  readonly path: string;
  readonly text: string;
}

interface OpenFile extends NewFile {
  readonly file: FileHandle;
}

/**
 * Writes all files or none: if one can't be written, the others are restored.
 *
 * @throws UserError if a file can't be written, already exists and `force` isn't set, or two paths
 *   lead to one file.
 */
export async function writeNewFiles(files: readonly NewFile[], force = false): Promise<void> {
  const undo: (() => Promise<void>)[] = [];
  const opened: OpenFile[] = [];
  let current = "";
  try {
    for (const { path, text } of files) {
      current = path;
      const step = await undoStep(path, force);
      // Not "w", which empties the file before the others are known.
      const file = await open(path, force ? constants.O_WRONLY | constants.O_CREAT : "wx");
      undo.unshift(step); // not earlier: until now, the file isn't ours
      opened.push({ path, text, file });
    }
    for (const { file } of await regularFiles(opened)) await file.truncate();
    for (const { path, text, file } of opened) {
      current = path;
      await file.writeFile(text);
    }
  } catch (error) {
    for (const step of undo) await step().catch(() => {}); // report the first failure
    throw new UserError(error instanceof Error ? error.message : "", `Cannot write ${current}`);
  } finally {
    for (const { file } of opened) await file.close().catch(() => {});
  }
}

/**
 * Returns the files without devices such as /dev/stdout.
 *
 * @throws Error if a link makes two paths one file: the second text would replace the first.
 */
async function regularFiles(opened: readonly OpenFile[]): Promise<OpenFile[]> {
  const byId = new Map<string, OpenFile>();
  for (const each of opened) {
    const found = await each.file.stat({ bigint: true });
    if (!found.isFile()) continue;
    const id = `${found.dev}:${found.ino}`;
    const other = byId.get(id);
    if (other !== undefined) {
      throw new Error(`it is the same file as ${other.path}. Choose two different files.`);
    }
    byId.set(id, each);
  }
  return [...byId.values()];
}

/** Returns a function that restores the file as it is now. */
async function undoStep(path: string, force: boolean): Promise<() => Promise<void>> {
  const found = await stat(path).catch(() => undefined);
  // A link to a missing file stays: only the file is removed that was created through it.
  if (found === undefined) return async () => rm(await realpath(path), { force: true });
  if (!force)
    throw new Error("it already exists. Choose another file, or add --force to overwrite it.");
  if (!found.isFile()) return async () => {}; // a device such as /dev/stdout
  const content = await readFile(path);
  return () => writeFile(path, content);
}
