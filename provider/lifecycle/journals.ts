import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { homedir, hostname } from "node:os";
import { join } from "node:path";
import { UserError } from "../errors";
import type { Announcement, OtherProcesses } from "./connection-statuses";

type Status = ReturnType<OtherProcesses["statusOf"]>;

/** What a process holds counts more than what another one gave up. */
const byPriority: readonly Status[] = [
  "kept",
  "taken",
  "taking",
  "deleting",
  "deletionFailed",
  "gone",
];

/**
 * What the processes of one engine announce to each other: each appends to a journal of its own, a
 * file in the user's folder for Pulumi. The journal of a process that has ended doesn't count, and
 * the next process deletes it.
 */
export class Journals implements OtherProcesses {
  readonly #folder: string;
  /** Names the journals of this engine; a process id completes each name. */
  readonly #prefix: string;
  readonly #own: string;
  #isOpen = false;

  /**
   * @param engine The engine's address, which no other running engine of this machine has.
   * @param home The user's folder for Pulumi.
   */
  constructor(engine: string, home = process.env["PULUMI_HOME"] || join(homedir(), ".pulumi")) {
    this.#folder = join(home, "datadog-org-connections");
    this.#prefix = fileName(`${hostname()} ${engine} `);
    this.#own = `${this.#prefix}${process.pid}`;
  }

  open(): void {
    if (this.#isOpen) return;
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      appendFileSync(join(this.#folder, this.#own), "");
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new UserError(
        "the processes of this update can't tell each other which connections they manage " +
          `(${reason}). Make ${this.#folder} writable, or set PULUMI_HOME to a folder that is.`,
      );
    }
    this.#deleteAbandoned();
    this.#isOpen = true;
  }

  announce(id: string, announcement: Announcement): void {
    this.open();
    appendFileSync(join(this.#folder, this.#own), `${id} ${announcement}\n`);
  }

  statusOf(id: string): Status {
    this.open();
    const announced = readdirSync(this.#folder)
      .filter((name) => name.startsWith(this.#prefix) && name !== this.#own && isRunning(name))
      .map((name) => lastAnnouncement(this.#read(name), id));
    return byPriority.find((status) => announced.includes(status));
  }

  #read(name: string): string {
    try {
      return readFileSync(join(this.#folder, name), "utf8");
    } catch {
      return ""; // the process has just ended
    }
  }

  #deleteAbandoned(): void {
    const ofThisMachine = fileName(`${hostname()} `);
    for (const name of readdirSync(this.#folder)) {
      if (!name.startsWith(ofThisMachine) || isRunning(name)) continue;
      try {
        rmSync(join(this.#folder, name));
      } catch {
        // Another process has deleted it, or it is another user's.
      }
    }
  }
}

function fileName(text: string): string {
  return text.replace(/[^\w.-]/g, "_");
}

/** Whether the process of a journal is still running. */
function isRunning(name: string): boolean {
  try {
    return process.kill(Number(name.slice(name.lastIndexOf("_") + 1)), 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH"; // such as EPERM: another user's
  }
}

function lastAnnouncement(journal: string, id: string): Announcement | undefined {
  const start = journal.lastIndexOf(`${id} `);
  if (start < 0) return undefined;
  const [, announcement] = journal.slice(start).split(/[ \n]/, 2);
  return announcement as Announcement;
}
