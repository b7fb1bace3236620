import type { Installation } from "./install-package.ts";
import type { Changes, Step } from "./protocol.ts";

/** Stack configuration by full keys (`namespace:name`). */
export type StackConfig = Readonly<Record<string, string | SecretValue>>;

/** A configuration value that the stack's file holds encrypted. */
interface SecretValue {
  readonly value: string;
  readonly secret: true;
}

/** Environment variables. */
export type Environment = Readonly<Record<string, string>>;

/** What a stack is made of. */
export interface StackOptions {
  readonly installation: Installation;
  /** Its files are copied to the work folder; it may bring its own Pulumi.yaml. */
  readonly directory?: string;
  /** Further files of the work folder, by their path in it. */
  readonly files?: Readonly<Record<string, string>>;
  /** The program's path in the work folder. Default: `index.ts`. */
  readonly program?: string;
  readonly config?: StackConfig;
  /** What the stack's processes get beside PATH and Pulumi's own variables. */
  readonly env?: Environment;
  /** Sees the output of the operations as it comes. */
  readonly onOutput?: (text: string) => void;
  /** Default: `never`. */
  readonly color?: "always" | "never";
}

/** How an operation ended. */
export interface OperationResult {
  /** The exit code of `pulumi`: 0 done, 7 changes where none were expected, others failures. */
  readonly code: number;
  /** What a user sees: both output streams. */
  readonly output: string;
  /** The stack's outputs after a successful `up`, secret ones in the clear. */
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly changes: Changes;
}

/** How an operation ended that ran the program. */
export interface ProgramResult extends OperationResult {
  /** In the order in which they began. */
  readonly steps: readonly Step[];
}

/** Options of every operation. */
export interface OperationOptions {
  /** Added to the stack's environment. */
  readonly env?: Environment;
  readonly expectNoChanges?: boolean;
}

/** Options of the operations that run the program. */
export interface ProgramOptions extends OperationOptions {
  readonly refresh?: boolean;
  /** Shows the values that change. */
  readonly diff?: boolean;
  /** URNs of resources to replace, whether they changed or not. */
  readonly replace?: readonly string[];
  /** Runs another program of the work folder. */
  readonly program?: string;
}

/** Options of `refresh`. */
export interface RefreshOptions extends OperationOptions {
  /** Shows the drift and leaves the state as it is. */
  readonly previewOnly?: boolean;
  /** Runs the program, so that the present configuration reaches the provider. */
  readonly runProgram?: boolean;
}
