import type { Command } from "commander";
import { readSources } from "../config/sources";
import { type CommonOptions, withCommonOptions } from "../options";
import { visible } from "../output/escape";
import { print, printJson } from "../output/print";
import { profilesToAsk } from "../query-orgs";
import { type Examination, examine } from "./diagnosis";

export function addDoctorCommand(program: Command): void {
  withCommonOptions(program.command("doctor"))
    .description("check keys, permissions and site of every org; it changes nothing")
    .addHelpText("after", "\nExit code 1 where something is wrong. JSON: ok, profiles.")
    .action(async (options: CommonOptions) => {
      const sources = await readSources(options);
      const examinations = await Promise.all(
        profilesToAsk(sources, options.profile).map((profile) => examine(sources, profile)),
      );
      const ok = examinations.every(({ problem }) => problem === undefined);
      if (options.json) printJson({ ok, profiles: examinations.map(asJson) });
      else print(examinations.map(block).join("\n\n"));
      if (!ok) process.exitCode = 1;
    });
}

function asJson(examination: Examination): object {
  const { profile, apiUrl, credentials, orgId, orgName, problem } = examination;
  return {
    profile: profile ?? null,
    ok: problem === undefined,
    problem: problem ?? null,
    apiUrl: apiUrl ?? null,
    credentials: credentials ?? null,
    orgId: orgId ?? null,
    orgName: orgName ?? null,
    connections: examination.connections ?? null,
    connectionsAsSource: examination.asSource ?? null,
    connectionsAsSink: examination.asSink ?? null,
  };
}

const credentialNames = { keys: "API key and application key", token: "bearer token" };

function block(examination: Examination): string {
  const { profile, apiUrl, credentials, orgId, orgName, problem } = examination;
  const facts: [string, string | undefined][] = [
    ["API", apiUrl],
    ["credentials", credentials && credentialNames[credentials]],
    ["org", orgName === undefined ? orgId : `${orgName} (${orgId})`],
    ["connections", counts(examination)],
    ["problem", problem],
    ["result", problem === undefined ? "ok: the connections can be read" : undefined],
  ];
  return [
    profile === undefined ? "credentials without a profile" : `profile ${visible(profile)}`,
    ...facts.flatMap(([name, fact]) =>
      fact === undefined ? [] : [`  ${name.padEnd(11)}  ${visible(fact)}`],
    ),
  ].join("\n");
}

function counts({ connections, asSource, asSink }: Examination): string | undefined {
  return asSource === undefined
    ? connections?.toString()
    : `${asSource} as source, ${asSink} as sink`;
}
