import { Command } from "commander";
import { version } from "../provider/api/version";
import { addDoctorCommand } from "./doctor/doctor";
import { addDriftCommand } from "./drift/drift";
import { addGraphCommand } from "./graph/graph";
import { addImportCommand } from "./import/import";
import { addListCommand } from "./list/list";

const help = `
Credentials are found as the provider finds them: DD_API_KEY, DD_APP_KEY (or DD_BEARER_TOKEN) and
DD_SITE, or those of credential profiles, such as DD_API_KEY_SHOP and DD_APP_KEY_SHOP, in the
environment; or plain values of the stack's configuration file (--stack-config).
Where there are profiles, all of them are asked, or those that --profile names; the keys without a
profile serve only where there is none.

Exit codes: 0 done, 1 failed, 2 wrong usage; drift: 7 drift found.
No command changes anything in Datadog.`;

/** The command line of the tool. */
export function toolProgram(): Command {
  const program = new Command("datadog-org-connections")
    .description("Shows, checks and imports Datadog org connections.")
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
