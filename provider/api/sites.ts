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

/**
 * Returns the base address of a site's API, or `undefined` if the site is unknown. Also accepts the
 * name or the address of the site's web application (`app.datadoghq.eu`).
 */
export function siteUrl(site: string): string | undefined {
  const name = site
    .toLowerCase()
    .replace(/^https:\/\//, "")
    .replace(/^app\./, "")
    .replace(/\/$/, "");
  return siteNames.includes(name) ? `https://api.${name}` : undefined;
}
