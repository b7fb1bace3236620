import type { Engine } from "../../support/engine/find.ts";
import type { CommandResult } from "../../support/engine/run-command.ts";

/** A user's program that uses the plugin. */
export interface PluginConsumer {
  /** What the program is, and so what its success proves. */
  readonly what: string;
  /** Pulumi's SDK that it uses, with its version. */
  readonly pulumi: string;
  /** Where it has the resource's class from. */
  readonly resourceClass: string;
  /** Installs the program into a new folder. */
  prepare(place: Place): Promise<Operations>;
}

/** What a program finds, and where it lies. */
export interface Place {
  /** A new folder for the program. */
  readonly folder: string;
  readonly engine: Engine;
  /** The plugin's schema. */
  readonly schema: string;
  /** For all of the program's processes; the plugin is on PATH. */
  readonly env: NodeJS.ProcessEnv;
}

/** The operations on the program's stack. */
export interface Operations {
  up(): Promise<CommandResult>;
  /** Fails if there are changes. */
  preview(...flags: readonly "--refresh"[]): Promise<CommandResult>;
  destroy(): Promise<CommandResult>;
}
