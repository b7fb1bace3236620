#!/usr/bin/env node
import { CommanderError } from "commander";
import { UserError } from "../provider/errors";
import { exitCodes } from "./exit-codes";
import { note } from "./output/print";
import { createProgram } from "./program";

// A reader such as `head` may close the pipe early; that isn't an error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});

createProgram()
  .parseAsync()
  .catch((error: unknown) => {
    process.exitCode = report(error);
  });

/** Reports an error, unless Commander already has, and returns the exit code for it. */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage;
  const errors: unknown[] = error instanceof AggregateError ? error.errors : [error];
  for (const message of new Set(errors.map(messageOf))) note(`error: ${message}`);
  return exitCodes.failure;
}

function messageOf(error: unknown): string {
  if (error instanceof UserError) return error.message;
  const reason = error instanceof Error ? error.message : String(error);
  return `${reason} (this is a bug in the tool; please report it)`;
}
