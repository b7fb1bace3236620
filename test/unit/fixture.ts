import { expect } from "vitest";
import { type ClientOptions, OrgConnectionsClient } from "../../provider/api/client.ts";
import { Org } from "../../provider/org.ts";
import { OrgConnectionProvider, type ProviderOptions } from "../../provider/provider.ts";
import { type OrgSettings, Settings } from "../../provider/settings.ts";
import { type FakeDatadog, orgs } from "../support/fake-datadog/index.ts";
import { InstantClock } from "./clock.ts";

export const namespace = "datadog-org-connections";

/** The configuration with which Payments calls the service. */
export function configOf({ url }: { url: string }): Record<string, string> {
  return {
    [`${namespace}:apiUrl`]: url,
    [`${namespace}:apiKey`]: orgs.payments.apiKey,
    [`${namespace}:appKey`]: orgs.payments.appKey,
  };
}

/** The configuration of a service and of credential profiles. */
export function profilesConfig({ url }: { url: string }, profiles: object): Record<string, string> {
  return {
    [`${namespace}:apiUrl`]: url,
    [`${namespace}:profiles`]: JSON.stringify(profiles),
  };
}

/** A provider for one operation of the engine, whose waits take no time. */
export function newProvider(
  config: Record<string, string>,
  options: Partial<ProviderOptions> = {},
): OrgConnectionProvider {
  const provider = new OrgConnectionProvider({
    report() {},
    clock: new InstantClock(),
    ...options,
  });
  provider.configure(new Map(Object.entries(config)));
  return provider;
}

const { apiKey, appKey } = orgs.payments;
/** The keys of Payments. */
export const keys = { apiKey, appKey };

/** A client that doesn't wait between its three attempts. */
export function newClient(
  { url }: { url: string },
  changes: Partial<ClientOptions> = {},
): OrgConnectionsClient {
  const options = { baseUrl: url, credentials: keys, timeoutSeconds: 5, maxRetries: 2 };
  return new OrgConnectionsClient({ ...options, clock: new InstantClock(), ...changes });
}

/** Payments. */
export function newOrg(
  { url }: { url: string },
  {
    profile,
    clock = new InstantClock(),
    warn = () => {},
    ...changes
  }: Partial<OrgSettings> & {
    readonly profile?: string;
    readonly warn?: (message: string) => void;
  } = {},
): Org {
  const defaults = { baseUrl: url, credentials: keys, timeoutSeconds: 5, maxRetries: 2 };
  const settings = { ...defaults, orgId: undefined, ...changes };
  return new Org(settings, profile, { clock, warn }, { count: 0 });
}

/**
 * The requests in short: `POST 200`, `GET list 200`, `GET list of source and sink 200`,
 * `GET current_user 200`.
 */
export function shortLines({ requestLines }: FakeDatadog): string[] {
  const of = (query: string) =>
    ["source", "sink"].filter((name) => query.includes(`${name}_org_id=`)).join(" and ");
  return requestLines.map((line) =>
    line
      .replace(/\/api\/v2\/org_connections\?(\S+)/, (_, query) => `list of ${of(query)}`)
      .replace("list of  ", "list ")
      .replace(/ \/api\/v2\/org_connections\S*/, "")
      .replace("/api/v2/", ""),
  );
}

/** The requests for connections in short, without those about the credentials. */
export function connectionLines(fake: FakeDatadog): string[] {
  return shortLines(fake).filter((line) => !/ (current_user|validate) /.test(line));
}

/** The tests' one connection type, and the connection to a sink with it. */
export const inputsTo = ({ id }: { readonly id: string }) => ({
  sinkOrgId: id,
  connectionTypes: ["logs"],
});

/** What the state records of a connection. */
export const recordedAs = (
  sink: { readonly id: string },
  source: { readonly id: string } = orgs.payments,
) => ({ ...inputsTo(sink), sourceOrgId: source.id });

/** Values by the names under which a user sets them. */
export type Values = Record<string, string>;

/** The settings of all profiles that a stack's configuration and an environment give. */
export function newSettings(config: Values, environment: Values = {}): Settings {
  return new Settings({ config: new Map(Object.entries(config)), environment });
}

/** Expects that a value will be right at some time in the next ten seconds. */
export const expectSoon = <T>(value: () => T) =>
  expect.poll(value, { interval: 1, timeout: 10_000 });

const nothingThrown = "nothing was thrown";
const textOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** The message of what a call throws. */
export const messageOf = (call: Promise<unknown>): Promise<string> =>
  call.then(() => nothingThrown, textOf);

/** The message of what a function throws. */
export function problemOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return textOf(error);
  }
  return nothingThrown;
}
