/** The Datadog sites and the base address of each one's API (the vendor's API reference). */
const sites: Readonly<Record<string, string>> = {
  "datadoghq.com": "https://api.datadoghq.com",
  "us3.datadoghq.com": "https://api.us3.datadoghq.com",
  "us5.datadoghq.com": "https://api.us5.datadoghq.com",
  "ap1.datadoghq.com": "https://api.ap1.datadoghq.com",
  "ap2.datadoghq.com": "https://api.ap2.datadoghq.com",
  "uk1.datadoghq.com": "https://api.uk1.datadoghq.com",
  "datadoghq.eu": "https://api.datadoghq.eu",
  "ddog-gov.com": "https://api.ddog-gov.com",
  "us2.ddog-gov.com": "https://api.us2.ddog-gov.com",
};

export const siteNames: readonly string[] = Object.keys(sites);

/**
 * The base address of a site's API, or `undefined` for a site that isn't known.
 * The name or the address of a site's web application (`app.datadoghq.eu`) means the site.
 */
export function siteUrl(site: string): string | undefined {
  const name = site
    .toLowerCase()
    .replace(/^https:\/\//, "")
    .replace(/^app\./, "")
    .replace(/\/$/, "");
  return Object.hasOwn(sites, name) ? sites[name] : undefined;
}
