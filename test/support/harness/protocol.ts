/** What a stack asks of the runner, as JSON in its first argument. */
export interface RunnerRequest {
  readonly operation: "up" | "preview" | "refresh";
  readonly stackName: string;
  readonly projectName: string;
  /** Path of the Pulumi program. */
  readonly program: string;
  readonly color: "always" | "never";
  /** `up`, `preview`: refresh first. */
  readonly refresh: boolean;
  /** `refresh`: leave the state as it is. */
  readonly previewOnly: boolean;
  readonly expectNoChanges: boolean;
  /** `up`, `preview`: URNs of resources to replace. */
  readonly replace: readonly string[];
  /** Whether the output shows the values that change. */
  readonly diff: boolean;
}

/** How many resources were or would be changed in each way, such as `{ create: 3, same: 1 }`. */
export type Changes = Readonly<Record<string, number>>;

/** What the engine began to do with a resource. */
export interface Step {
  /** Such as `same`, `update`, `create`, `create-replacement`, `delete` or `refresh`. */
  readonly operation: string;
  readonly urn: string;
}

/** What the runner answers by `process.send`, when the operation came to its end. */
export interface RunnerReply {
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly changes: Changes;
  readonly steps: readonly Step[];
}
