import type { Installation } from "./install-package.ts";

/** Stack configuration by full keys (`namespace:name`); the stack's file holds secrets encrypted. */
export type StackConfig = Readonly<
  Record<string, string | { readonly value: string; readonly secret: true }>
>;

/** Environment variables. */
export type Environment = Readonly<Record<string, string>>;

/** What a stack is made of. */
export interface StackOptions {
  readonly installation: Installation;
  /** Its files are copied to the work folder; it may bring its own Pulumi.yaml. */
  readonly directory?: string;
  /** Further files of the work folder, by their path in it. */
  readonly files?: Readonly<Record<string, string>>;
  /**
   * The path in the work folder of a program in TypeScript or JavaScript. Default: `index.ts`, or
   * none if Pulumi.yaml says that it is in YAML.
   */
  readonly program?: string;
  readonly config?: StackConfig;
  /** What the stack's processes get beside PATH and Pulumi's own variables. */
  readonly env?: Environment;
  /** Called with the output of the operations as it arrives. */
  readonly onOutput?: (text: string) => void;
  /** The requests that the service got so far, for the transcript. */
  readonly requests?: () => readonly string[];
  /**
   * Whether the process of a program serves the next operation too, also that of another stack. What
   * a package does once for a process, it does once for all of them then. Default: each operation
   * has a process of its own, as for a user; that takes twice as long.
   */
  readonly reusesProcesses?: boolean;
  /** Default: `never`. */
  readonly color?: "always" | "never";
}

/** Options of an operation. */
export interface OperationOptions {
  /** Added to the stack's environment. */
  readonly env?: Environment | undefined;
  /** When it is aborted, the CLI gets a SIGINT, as by Ctrl-C. */
  readonly interrupt?: AbortSignal | undefined;
  /** Further flags of the command. */
  readonly flags?: readonly string[];
  readonly expectNoChanges?: boolean;
  readonly refresh?: boolean;
  /** URNs of resources to replace, whether they changed or not. */
  readonly replace?: readonly string[];
  /** Of a refresh: shows the drift and leaves the state as it is. */
  readonly previewOnly?: boolean;
  /** Of a refresh and a destroy: runs the program, so that the provider gets the current configuration. */
  readonly runProgram?: boolean;
  /** Runs another program of the work folder. */
  readonly program?: string;
}

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

/** How an operation ended. */
export interface OperationResult extends Events {
  /** The exit code of `pulumi`: 0 done, 7 changes where none were expected, others failures. */
  readonly code: number;
  /** What a user sees: both output streams. */
  readonly output: string;
}

/** How `up` ended. */
export interface UpResult extends OperationResult {
  /** The stack's outputs as the state has them: secret ones are encrypted. */
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** A stack's state, as `pulumi stack export` shows it; only what tests look at. */
export interface StackState {
  readonly version: number;
  readonly deployment: { readonly resources?: readonly ResourceState[] };
}

/** A resource in the state. */
export interface ResourceState {
  readonly urn: string;
  readonly type: string;
  readonly id?: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
  /** It was replaced, and is to be deleted. */
  readonly delete?: boolean;
  /** It was deleted in order to be replaced, which didn't happen yet. */
  readonly pendingReplacement?: boolean;
}
