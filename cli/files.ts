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

/** A file that can be written, and is as before until then. */
interface OpenFile extends NewFile {
  readonly handle: FileHandle;
  /** Its identity; `undefined` if it isn't a regular file, but a device such as /dev/stdout. */
  readonly id: string | undefined;
  /** Restores what was at the path. */
  readonly undo: () => Promise<void>;
}

/**
 * Writes all files or none: if one can't be written, the others are restored.
 *
 * @throws UserError if a file can't be written, already exists and `force` isn't set, or two paths
 *   lead to one file.
 */
export async function writeNewFiles(files: readonly NewFile[], force = false): Promise<void> {
  const opened: OpenFile[] = [];
  let current = "";
  try {
    for (const file of files) {
      current = file.path;
      opened.push(await openFile(file, force));
      assertDifferent(opened);
    }
    for (const { path, text, handle, id } of opened) {
      current = path;
      if (id !== undefined) await handle.truncate();
      await handle.writeFile(text);
    }
  } catch (error) {
    for (const { undo } of opened.reverse()) await undo().catch(() => {}); // report the first failure
    throw fileError("write", current, error);
  } finally {
    for (const { handle } of opened) await handle.close().catch(() => {});
  }
}

async function openFile({ path, text }: NewFile, force: boolean): Promise<OpenFile> {
  const before = await stat(path).catch(() => undefined);
  if (before !== undefined && !force) {
    throw new Error("it already exists. Choose another file, or add --force to overwrite it.");
  }
  const content = before?.isFile() ? await readFile(path) : undefined;
  // Not "w", which empties the file before the others are known.
  const handle = await open(path, force ? constants.O_WRONLY | constants.O_CREAT : "wx");
  const found = await handle.stat({ bigint: true });
  return {
    path,
    text,
    handle,
    id: found.isFile() ? `${found.dev}:${found.ino}` : undefined,
    async undo() {
      if (content !== undefined) await writeFile(path, content);
      // A link to a missing file stays: only the file is removed that was created through it.
      if (before === undefined) await rm(await realpath(path), { force: true });
    },
  };
}

/** @throws Error if a link makes two paths one file: the second text would replace the first. */
function assertDifferent(files: readonly OpenFile[]): void {
  const last = files.at(-1);
  const other = files.find(({ id }) => id !== undefined && id === last?.id);
  if (other !== undefined && other !== last) {
    throw new Error(`it is the same file as ${other.path}. Choose two different files.`);
  }
}

function fileError(verb: "read" | "write", path: string, error: unknown): UserError {
  return new UserError(error instanceof Error ? error.message : "", `Cannot ${verb} ${path}`);
}
