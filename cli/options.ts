import { type Command, InvalidArgumentError, Option } from "commander";
import { siteNames, siteUrl } from "../provider/api/sites";

/** The options of every command. */
export interface CommonOptions {
  readonly profile?: string[];
  readonly site?: string;
  readonly stackConfig?: string;
  readonly json?: true;
}

export function withCommonOptions(command: Command): Command {
  return command
    .option("--profile <name...>", "query only the orgs of these credential profiles")
    .addOption(
      new Option(
        "--site <site>",
        "Datadog site of every org; overrides configuration and environment",
      ).argParser(parseSite),
    )
    .option(
      "--stack-config <file>",
      "read settings from a stack configuration file, such as Pulumi.dev.yaml",
    )
    .option("--json", "print one JSON document");
}

function parseSite(site: string): string {
  if (siteUrl(site) !== undefined) return site;
  throw new InvalidArgumentError(`Known sites: ${siteNames.join(", ")}.`);
}
