import { is } from "valibot";
import { parseBaseUrl, withoutSecrets } from "./api/base-url";
import { siteNames, siteUrl } from "./api/sites";
import { UserError } from "./errors";
import { uuid } from "./inputs";
import { namespace } from "./profiles";

/** A setting by the name under which a user sets it; an empty value counts as not set. */
export interface Setting {
  readonly name: string;
  readonly value: string | undefined;
}

/** A setting that has a value. */
export interface SetSetting extends Setting {
  readonly value: string;
}

export function isSet(setting: Setting): setting is SetSetting {
  return setting.value !== undefined;
}

export function siteBaseUrl({ name, value }: SetSetting): string {
  const url = siteUrl(value);
  if (url !== undefined) return url;
  const shown = shownAddress(value);
  throw invalid(
    name,
    `${shown ? `is ${shown}, which ` : ""}isn't a known Datadog site. Known sites: ` +
      `${siteNames.slice(0, -1).join(", ")} or ${siteNames.at(-1)}. Set one of them as ` +
      `${namespace}:site or DD_SITE, and any other address as ${namespace}:apiUrl or DD_HOST.`,
  );
}

export function addressBaseUrl({ name, value }: SetSetting): string {
  const site = siteUrl(value);
  if (site !== undefined) return site;
  const parsed = parseBaseUrl(value);
  if ("url" in parsed) return parsed.url;
  const problem = shownAddress(value)
    ? parsed.problem
    : "isn't a valid address such as https://api.datadoghq.com";
  throw invalid(name, `${problem}. Set it to the base address of Datadog's API.`);
}

/** An address, in quotes; `undefined` if it isn't one, since it may be a key. */
function shownAddress(value: string): string | undefined {
  const address = withoutSecrets(value);
  const isAddress =
    /^(?:\w{1,10}:\/\/)?(?:[a-z\d-]{1,30}\.)+[a-z\d-]{1,15}(?::\d{1,5})?(?:\/[\w.-]{0,20})*$/i;
  return isAddress.test(address) ? `"${address}"` : undefined;
}

export function orgId(setting: SetSetting | undefined): string | undefined {
  if (setting === undefined || is(uuid, setting.value)) {
    return setting?.value.toLowerCase();
  }
  throw invalid(setting.name, "isn't a UUID. Set it to the org's UUID.");
}

export function wholeNumber(
  setting: Setting,
  fallback: number,
  range: { from: number; to: number },
) {
  if (!isSet(setting)) return fallback;
  const value = /^\d+$/.test(setting.value) ? Number(setting.value) : Number.NaN;
  if (value >= range.from && value <= range.to) return value;
  throw invalid(setting.name, `isn't a whole number from ${range.from} to ${range.to}.`);
}

export function key(setting: SetSetting): string {
  if (!is(uuid, setting.value)) return headerValue(setting);
  throw invalid(
    setting.name,
    "has the form of a UUID: it is the id of a key, not the key. Set the key itself, which Datadog " +
      "shows when the key is created.",
  );
}

/** A credential is sent as a header; a line break would start another header. */
export function headerValue({ name, value }: SetSetting): string {
  if (/^[\x21-\x7e]+$/.test(value)) return value;
  throw invalid(
    name,
    "contains a space, a line break or another character that keys don't have. Set only the key.",
  );
}

function invalid(name: string, problem: string): UserError {
  return new UserError(`${name} ${problem}`, "Invalid configuration");
}
