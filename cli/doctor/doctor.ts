import type { Command } from "commander";
import { readSources } from "../config/sources";
import { type CommonOptions, withCommonOptions } from "../options";
import { escapeText } from "../output/escape";
import { print, printJson } from "../output/print";
import { profilesToQuery } from "../query-orgs";
import { type Diagnosis, diagnose } from "./diagnosis";

export function addDoctorCommand(program: Command): void {
  withCommonOptions(program.command("doctor"))
    .description("check the keys, permissions and site of every org")
    .addHelpText("after", "\nExit code 1 if there is a problem. JSON: ok, profiles.")
    .action(async (options: CommonOptions) => {
      const sources = await readSources(options);
      const diagnoses = await Promise.all(
        profilesToQuery(sources, options.profile).map((profile) => diagnose(sources, profile)),
      );
      const ok = diagnoses.every(({ problem }) => problem === undefined);
      if (options.json) printJson({ ok, profiles: diagnoses.map(asJson) });
      else print(diagnoses.map(asText).join("\n\n"));
      if (!ok) process.exitCode = 1;
    });
}

function asJson(diagnosis: Diagnosis): object {
  const { profile, apiUrl, credentials, orgId, orgName, problem } = diagnosis;
  return {
    profile: profile ?? null,
    ok: problem === undefined,
    problem: problem ?? null,
    apiUrl: apiUrl ?? null,
    credentials: credentials ?? null,
    orgId: orgId ?? null,
    orgName: orgName ?? null,
    connections: diagnosis.connections ?? null,
    connectionsAsSource: diagnosis.asSource ?? null,
    connectionsAsSink: diagnosis.asSink ?? null,
  };
}

const credentialNames = { keys: "API key and application key", token: "bearer token" };

function asText(diagnosis: Diagnosis): string {
  const { profile, apiUrl, credentials, orgId, orgName, problem } = diagnosis;
  const facts: [string, string | undefined][] = [
    ["API", apiUrl],
    ["credentials", credentials && credentialNames[credentials]],
    ["org", orgName === undefined ? orgId : `${orgName} (${orgId})`],
    ["connections", counts(diagnosis)],
    ["problem", problem],
    ["result", problem === undefined ? "ok: the connections can be read" : undefined],
  ];
  return [
    profile === undefined ? "credentials without a profile" : `profile ${escapeText(profile)}`,
    ...facts.flatMap(([name, fact]) =>
      fact === undefined ? [] : [`  ${name.padEnd(11)}  ${escapeText(fact)}`],
    ),
  ].join("\n");
}

function counts({ connections, asSource, asSink }: Diagnosis): string | undefined {
  return asSource === undefined
    ? connections?.toString()
    : `${asSource} as source, ${asSink} as sink`;
}
