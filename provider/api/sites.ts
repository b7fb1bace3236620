/** The Datadog sites, as the vendor's API reference lists them. */
export const siteNames: readonly string[] = [
  "datadoghq.com",
  "us3.datadoghq.com",
  "us5.datadoghq.com",
  "ap1.datadoghq.com",
  "ap2.datadoghq.com",
  "uk1.datadoghq.com",
  "datadoghq.eu",
  "ddog-gov.com",
  "us2.ddog-gov.com",
];

/** Datadog's short names of sites, without those that a site's name begins with, such as `us3`. */
const siteByCode = new Map([
  ["us1", "datadoghq.com"],
  ["eu1", "datadoghq.eu"],
  ["eu", "datadoghq.eu"],
  ["us1-fed", "ddog-gov.com"],
  ["us2-fed", "us2.ddog-gov.com"],
]);

/**
 * Returns the base address of a site's API, or `undefined` if the site is unknown. Also accepts the
 * address of the site's API or web application (`https://app.datadoghq.eu`), and its short name
 * (`EU1`).
 */
export function siteUrl(site: string): string | undefined {
  const name = site
    .toLowerCase()
    .replace(/^https:\/\//, "")
    .replace(/^(api|app)\./, "")
    .replace(/\/$/, "");
  const isKnown = (known: string) =>
    known === name || known === `${name}.datadoghq.com` || known === siteByCode.get(name);
  const found = siteNames.find(isKnown);
  return found && `https://api.${found}`;
}
