import { OrgConnectionsClient } from "../../provider/api/client.ts";
import type { Clock } from "../../provider/api/clock.ts";
import type { Credentials } from "../../provider/api/transport.ts";
import { withUserErrors } from "../../provider/errors.ts";
import { Org } from "../../provider/org.ts";
import { OrgConnectionProvider, type ProviderOptions } from "../../provider/provider.ts";
import { Settings } from "../../provider/settings.ts";
import { orgs } from "../support/fake-datadog/index.ts";
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

/** A provider for one operation of the engine. */
export function newProvider(
  config: Record<string, string>,
  options: Partial<ProviderOptions> = {},
): OrgConnectionProvider {
  const provider = new OrgConnectionProvider({ report() {}, ...options });
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
export function newOrg({ url }: { url: string }, clock: Clock = new InstantClock()): Org {
  const settings = { baseUrl: url, credentials: keys, timeoutSeconds: 5, maxRetries: 2 };
  return new Org({ ...settings, orgId: undefined }, undefined, { clock });
}

/** Values by the names under which a user sets them. */
export type Values = Record<string, string>;

/** The settings of all profiles that a stack's configuration and an environment give. */
export function newSettings(config: Values, environment: Values = {}): Settings {
  return new Settings({ config: new Map(Object.entries(config)), environment });
}

/** The settings without a profile. */
export function settingsOf(config: Values, environment: Values = {}) {
  return newSettings(config, environment).of(undefined);
}

/** The message with which they are refused. */
export const settingsProblem = (config: Values, environment: Values = {}) =>
  problemOf(() => settingsOf(config, environment));

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
