import { readFile } from "node:fs/promises";

/** What the engine did, or began to do, with a resource. */
export interface Step {
  /** Such as `same`, `update`, `create`, `create-replacement`, `delete` or `refresh`. */
  readonly operation: string;
  readonly urn: string;
}

/** What an operation's event log says. */
export interface Events {
  /** How many resources were or would be changed in each way, such as `{ create: 3, same: 1 }`. */
  readonly changes: Readonly<Record<string, number>>;
  /** In the order in which they began. */
  readonly steps: readonly Step[];
  /** In the order in which they ended. A refresh ends as `same`, `update` or `delete`. */
  readonly outcomes: readonly Step[];
}

/** Reads the file that `--event-log` names; its last line is cut off if the engine was killed. */
export async function readEvents(file: string): Promise<Events> {
  const text = await readFile(file, "utf8").catch(() => "");
  const events = text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line));
  const stepsOf = (kind: "resourcePreEvent" | "resOutputsEvent"): Step[] =>
    events
      .filter((event) => event[kind])
      .map(({ [kind]: { metadata } }) => ({ operation: metadata.op, urn: metadata.urn }));
  const summary = events.findLast(({ summaryEvent }) => summaryEvent)?.summaryEvent;
  return {
    changes: summary?.resourceChanges ?? {},
    steps: stepsOf("resourcePreEvent"),
    outcomes: stepsOf("resOutputsEvent"),
  };
}
