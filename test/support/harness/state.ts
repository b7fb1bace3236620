/** A stack's state, as `pulumi stack export` shows it; only what tests look at. */
export interface StackState {
  readonly version: number;
  readonly deployment: {
    readonly resources?: readonly ResourceState[];
    readonly pending_operations?: readonly unknown[];
  };
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

/** What `pulumi import --file` reads. */
export interface ImportFile {
  readonly resources: readonly ImportedResource[];
}

/** A resource to import; with inputs and outputs given, the engine does not read it. */
interface ImportedResource {
  readonly type: string;
  readonly name: string;
  readonly id: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
}
