/**
 * Checks the address of an API and brings it into the form that paths are appended to. It must be
 * https, since every request carries credentials; http is only allowed within this machine.
 *
 * @returns The base address without a slash at its end, or a text that says what is wrong with it.
 */
export function parseBaseUrl(address: string): { url: string } | { problem: string } {
  const url = URL.parse(address);
  const shown = `"${withoutSecrets(address)}"`;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    return {
      problem: `is ${shown}, which isn't a valid address such as https://api.datadoghq.com`,
    };
  }
  if (url.username || url.password) return { problem: "must not contain credentials" };
  if (url.search || url.hash) return { problem: "must not contain a query or a fragment" };
  if (url.protocol === "http:" && !isLoopback(url.hostname)) {
    const rule = "must begin with https:// (http:// is only allowed for loopback addresses)";
    return { problem: `is ${shown}, but it ${rule}` };
  }
  return { url: url.origin + url.pathname.replace(/\/+$/, "") };
}

/** An address that a message can show: without query and credentials (a password may contain an @). */
export function withoutSecrets(address: string): string {
  return address.replace(/^(\w+:\/\/)?.*@/s, "$1").replace(/[?#].*/s, "");
}

/** `hostname` as `URL` gives it: lower case, IPv4 in dotted form, IPv6 in brackets. */
function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d+){3}$/.test(hostname);
}
