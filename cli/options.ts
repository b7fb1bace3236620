import { type Command, InvalidArgumentError, Option } from "commander";
import { siteNames, siteUrl } from "../provider/api/sites";
import { literal, print } from "./output";

export const exitCodes = { success: 0, failure: 1, usage: 2, drift: 7 } as const;

/** The options of every command. */
export interface CommonOptions {
  readonly profile?: string[];
  /** The base address of its API. */
  readonly site?: string;
  readonly stackConfig?: string;
  readonly json?: true;
}

/** What a command prints: the JSON document, or the text if there is one. A long text takes seconds. */
export interface Output {
  readonly json: object;
  readonly text?: (() => string) | undefined;
  readonly exitCode?: number;
}

export function addCommand<Options extends CommonOptions>(
  program: Command,
  name: string,
  run: (options: Options, command: Command) => Promise<Output>,
): Command {
  return program
    .command(name)
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
    .option("--json", "print one JSON document")
    .action(async (options: Options, command: Command) => {
      const { json, text, exitCode = exitCodes.success } = await run(options, command);
      if (options.json) print(literal(json, 2));
      else if (text) print(text());
      process.exitCode = exitCode;
    });
}

function parseSite(site: string): string {
  const url = siteUrl(site);
  if (url !== undefined) return url;
  throw new InvalidArgumentError(`Known sites: ${siteNames.join(", ")}.`);
}
