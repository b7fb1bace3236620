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

interface Event {
  readonly summaryEvent?: { readonly resourceChanges?: Events["changes"] | null };
  readonly resourcePreEvent?: StepEvent;
  readonly resOutputsEvent?: StepEvent;
}

interface StepEvent {
  readonly metadata: { readonly op: string; readonly urn: string };
}

/** Reads the file that `--event-log` names; it ends where the engine was killed. */
export async function readEvents(file: string): Promise<Events> {
  const lines = (await readFile(file, "utf8").catch(() => "")).split("\n");
  const events = lines.flatMap(eventIn);
  const stepsOf = (kind: "resourcePreEvent" | "resOutputsEvent"): Step[] =>
    events.flatMap(({ [kind]: event }) =>
      event ? [{ operation: event.metadata.op, urn: event.metadata.urn }] : [],
    );
  const summary = events.findLast(({ summaryEvent }) => summaryEvent)?.summaryEvent;
  return {
    changes: summary?.resourceChanges ?? {},
    steps: stepsOf("resourcePreEvent"),
    outcomes: stepsOf("resOutputsEvent"),
  };
}

function eventIn(line: string): Event[] {
  try {
    return [JSON.parse(line)];
  } catch {
    return []; // the last line of a process that was killed
  }
}
