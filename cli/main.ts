#!/usr/bin/env node
import { exitCodeOf } from "./failure";
import { toolProgram } from "./program";

// A reader such as `head` may stop reading; that is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});

toolProgram()
  .parseAsync()
  .catch((error: unknown) => {
    process.exitCode = exitCodeOf(error);
  });
