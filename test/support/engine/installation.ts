/** What an installer of the engine gets. */
export interface Installation {
  /** An empty folder; the executables go to its `bin`. */
  readonly root: string;
  readonly version: string;
  readonly env: NodeJS.ProcessEnv;
  readonly log: (line: string) => void;
}
