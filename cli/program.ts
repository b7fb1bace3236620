import { Command } from "commander";
import { version } from "../provider/api/version";
import { addDoctorCommand } from "./doctor/doctor";
import { addDriftCommand } from "./drift/drift";
import { exitCodes } from "./exit-codes";
import { addGraphCommand } from "./graph/graph";
import { addImportCommand } from "./import/import";
import { addListCommand } from "./list/list";

const help = `
The tool uses the same settings as the provider: DD_API_KEY, DD_APP_KEY (or DD_BEARER_TOKEN) and
DD_SITE in the environment, the variables of credential profiles, such as DD_API_KEY_SHOP and
DD_APP_KEY_SHOP, and the plain values of a stack configuration file (--stack-config).
If there are credential profiles, every command queries all of them, or those named by --profile.
It uses the keys without a profile only if there are no profiles, or for connections in a state that
have none (drift).

Exit codes: 0 success, ${exitCodes.failure} failure, ${exitCodes.usage} wrong usage; drift: ${exitCodes.drift} drift found.
No command changes anything in Datadog.`;

/** Creates the command-line program. */
export function createProgram(): Command {
  const program = new Command("datadog-org-connections")
    .description("Lists, draws, checks and imports Datadog org connections.")
    .version(version)
    .exitOverride()
    .showHelpAfterError("(add --help for the usage)")
    .addHelpText("after", help);
  addListCommand(program);
  addImportCommand(program);
  addGraphCommand(program);
  addDoctorCommand(program);
  addDriftCommand(program);
  return program;
}
