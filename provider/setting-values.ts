import { siteNames, siteUrl } from "./api/sites";
import { UserError } from "./errors";
import { isUuid } from "./inputs";

export const namespace = "datadog-org-connections";

/** A setting by the name under which a user sets it. An empty value counts as not set. */
export interface Setting {
  readonly name: string;
  readonly value: string;
}

export function siteBaseUrl({ name, value }: Setting): string {
  const url = siteUrl(value);
  if (url !== undefined) return url;
  throw invalid(
    name,
    `${shownAddress(value)}isn't a known Datadog site. Known sites: ` +
      `${siteNames.slice(0, -1).join(", ")} or ${siteNames.at(-1)}. Set one of them as ` +
      `${namespace}:site or DD_SITE, and any other address as ${namespace}:apiUrl or DD_HOST.`,
  );
}

/**
 * Checks the address of an API and brings it into the form that paths are appended to. It must be
 * https, since every request carries credentials; http is only allowed within this machine.
 */
export function addressBaseUrl({ name, value }: Setting): string {
  const site = siteUrl(value);
  if (site !== undefined) return site;
  const url = URL.parse(value);
  const refuse = (problem: string) =>
    invalid(name, `${problem}. Set it to the base address of Datadog's API.`);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw refuse(`${shownAddress(value)}isn't a valid address such as https://api.datadoghq.com`);
  }
  if (url.username || url.password) throw refuse("must not contain credentials");
  if (url.search || url.hash) throw refuse("must not contain a query or a fragment");
  const isLoopback = /^(localhost|\[::1\]|127(\.\d+){3})$/.test(url.hostname);
  if (url.protocol === "http:" && !isLoopback) {
    throw refuse("must begin with https:// (http:// is only allowed for loopback addresses)");
  }
  return url.origin + url.pathname.replace(/\/+$/, "");
}

/** For a message: the value if it is an address. Otherwise it may be a key. */
function shownAddress(value: string): string {
  const isAddress =
    /^(?:\w{1,10}:\/\/)?(?:[a-z\d-]{1,30}\.)+[a-z\d-]{1,15}(?::\d{1,5})?(?:\/[\w.-]{0,20})*$/i;
  return isAddress.test(value) ? `is "${value}", which ` : "";
}

export function orgId({ name, value }: Setting): string | undefined {
  if (value === "") return undefined;
  if (isUuid(value)) return value.toLowerCase();
  throw invalid(name, "isn't a UUID. Set it to the org's UUID.");
}

export function wholeNumber(
  { name, value }: Setting,
  fallback: number,
  range: { from: number; to: number },
): number {
  if (value === "") return fallback;
  const number = /^\d+$/.test(value) ? Number(value) : Number.NaN;
  if (number >= range.from && number <= range.to) return number;
  throw invalid(name, `isn't a whole number from ${range.from} to ${range.to}.`);
}

export function key(setting: Setting): string {
  if (!isUuid(setting.value)) return headerValue(setting);
  throw invalid(
    setting.name,
    "has the form of a UUID: it is the id of a key, not the key. Set the key itself, which Datadog " +
      "shows when the key is created.",
  );
}

/** A credential is sent as a header; a line break would start another header. */
export function headerValue({ name, value }: Setting): string {
  if (/^[\x21-\x7e]+$/.test(value)) return value;
  throw invalid(
    name,
    "contains a space, a line break or another character that keys don't have. Set only the key.",
  );
}

export function invalid(name: string, problem: string): UserError {
  return new UserError(`${name} ${problem}`, "Invalid configuration");
}
