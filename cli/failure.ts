import { CommanderError } from "commander";
import { UserError } from "../provider/errors";
import { note } from "./output/print";

const exitCodes = { failure: 1, usage: 2 };

/** Tells the user what failed, where that wasn't told yet, and gives the exit code for it. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage;
  const errors: unknown[] = error instanceof AggregateError ? error.errors : [error];
  for (const message of new Set(errors.map(messageOf))) note(`error: ${message}`);
  return exitCodes.failure;
}

function messageOf(error: unknown): string {
  if (error instanceof UserError) return error.message;
  const reason = error instanceof Error ? error.message : String(error);
  return `${reason} (this is a defect of the tool, please report it)`;
}
