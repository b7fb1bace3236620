import { type Command, InvalidArgumentError, Option } from "commander";
import { siteNames, siteUrl } from "../provider/api/sites";

/** The options that every command has. */
export interface CommonOptions {
  readonly profile?: string[];
  readonly site?: string;
  readonly stackConfig?: string;
  readonly json?: true;
}

export function withCommonOptions(command: Command): Command {
  return command
    .option("--profile <name...>", "ask only the orgs of these credential profiles")
    .addOption(
      new Option(
        "--site <site>",
        "Datadog site of every org, whatever configuration and environment say",
      ).argParser(knownSite),
    )
    .option(
      "--stack-config <file>",
      "configuration file of a Pulumi stack, such as Pulumi.dev.yaml",
    )
    .option("--json", "print one JSON document");
}

function knownSite(site: string): string {
  if (siteUrl(site) !== undefined) return site;
  throw new InvalidArgumentError(`Known sites: ${siteNames.join(", ")}.`);
}
