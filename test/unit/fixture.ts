import { expect } from "vitest";
import { OrgConnectionsClient } from "../../provider/api/client.ts";
import type { Clock } from "../../provider/api/clock.ts";
import type { Credentials } from "../../provider/api/transport.ts";
import { withUserErrors } from "../../provider/errors.ts";
import { Org } from "../../provider/org.ts";
import { OrgConnectionProvider, type ProviderOptions } from "../../provider/provider.ts";
import { Settings } from "../../provider/settings.ts";
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
  credentials: Credentials = keys,
  clock: Clock = new InstantClock(),
): OrgConnectionsClient {
  const options = { timeoutSeconds: 5, maxRetries: 2, clock };
  return new OrgConnectionsClient({ baseUrl: url, credentials, ...options });
}

/** What a user reads if Payments can't connect to Hub. A request has five attempts. */
export function creationProblem(
  baseUrl: string,
  clock: Clock = new InstantClock(),
): Promise<string> {
  const options = { baseUrl, credentials: keys, timeoutSeconds: 5, maxRetries: 4, clock };
  const create = () => new OrgConnectionsClient(options).create(orgs.hub.id, ["logs"]);
  const action = `Cannot create the org connection to ${orgs.hub.id}`;
  return messageOf(withUserErrors("create", action, create));
}

/** Payments. */
export function newOrg(
  { url }: { url: string },
  {
    clock = new InstantClock(),
    credentials = keys,
    orgId,
    profile,
    maxRetries = 2,
    warn = () => {},
  }: {
    readonly clock?: Clock;
    readonly credentials?: Credentials;
    readonly orgId?: string;
    readonly profile?: string;
    readonly maxRetries?: number;
    readonly warn?: (message: string) => void;
  } = {},
): Org {
  const settings = { baseUrl: url, credentials, timeoutSeconds: 5, maxRetries, orgId };
  return new Org(settings, profile, { clock, warn });
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

/** The message of what a call throws. */
export async function messageOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return "nothing was thrown";
}

/** The message of what a function throws. */
export function problemOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return "nothing was thrown";
}
