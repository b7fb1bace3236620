#!/usr/bin/env node
import { Command, CommanderError } from "commander";
import { version } from "../provider/api/version";
import { UserError } from "../provider/errors";
import { addDoctorCommand } from "./doctor";
import { addDriftCommand } from "./drift";
import { addGraphCommand } from "./graph";
import { addImportCommand } from "./import";
import { addListCommand } from "./list";
import { exitCodes } from "./options";
import { addOrgsCommand } from "./orgs";
import { escapeLines, note, pluralize } from "./output";

const help = `
The tool uses the same settings as the provider: DD_API_KEY, DD_APP_KEY (or DD_BEARER_TOKEN) and
DD_SITE in the environment, the variables of credential profiles, such as DD_API_KEY_SHOP and
DD_APP_KEY_SHOP, and the plain values of a stack configuration file (--stack-config).
If there are credential profiles, every command queries all of them, or those named by --profile.
It uses the keys without a profile only if there are no profiles, or for connections in a state that
have none (drift).

Exit codes: 0 success, ${exitCodes.failure} failure, ${exitCodes.usage} wrong usage; drift: ${exitCodes.drift} drift found.
No command changes anything in Datadog.`;

const mostErrors = 20;

/** The first failure to write to standard output. */
let printProblem: Error | undefined;
process.stdout.on("error", (error) => {
  printProblem ??= error;
});
process.stderr.on("error", () => {}); // nobody reads the messages; the answer still counts

process.exitCode = exitCodes.failure; // until the answer is printed
process.on("uncaughtException", (error) => exit(report(error)));
process.once("beforeExit", () => {
  note(
    "error: a request to Datadog ended without an answer. Check the network, the site or apiUrl, and " +
      "HTTPS_PROXY.",
  );
});

const program = new Command("datadog-org-connections")
  .description("Lists, draws, checks and imports Datadog org connections.")
  .version(version)
  .exitOverride()
  .configureOutput({ outputError: (text, write) => write(escapeLines(text)) })
  .showHelpAfterError("(add --help for the usage)")
  .addHelpText("after", help);
addListCommand(program);
addOrgsCommand(program);
addImportCommand(program);
addGraphCommand(program);
addDoctorCommand(program);
addDriftCommand(program);
program.parseAsync().then(
  () => exit(),
  (error: unknown) => exit(report(error)),
);

/** Ends the process when its output is written, whatever else is still open. */
function exit(code = process.exitCode): void {
  process.stdout.write("", (error) => {
    const problem = printProblem ?? error;
    if (problem) note(`error: Cannot print the answer: ${problem.message}`);
    process.stderr.write("", () => process.exit(problem ? exitCodes.failure : code));
  });
}

/** Reports an error, unless Commander already has, and returns the exit code for it. */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage;
  const errors: unknown[] = error instanceof AggregateError ? error.errors : [error];
  const messages = [...new Set(errors.map(messageOf))];
  for (const message of messages.slice(0, mostErrors)) note(`error: ${message}`);
  const left = messages.length - mostErrors;
  if (left > 0) note(`error: ${pluralize(left, "more error")}`);
  return exitCodes.failure;
}

function messageOf(error: unknown): string {
  if (error instanceof UserError) return error.message;
  const reason = error instanceof Error ? error.message : String(error);
  return `${reason} (this is a bug in the tool; please report it)`;
}
