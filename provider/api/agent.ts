import { Agent as HttpAgent } from "node:http";
import { type AgentOptions, Agent as HttpsAgent } from "node:https";
import { ApiFault } from "./fault";

/** Node's own support of proxies, which its type definitions for this version don't have yet. */
interface ProxyAgentOptions extends AgentOptions {
  readonly proxyEnv?: NodeJS.ProcessEnv;
}

/**
 * The agent that carries the requests to `baseUrl`: connections are kept and used again, and the
 * proxy of `HTTPS_PROXY` is used except for the hosts of `NO_PROXY`. Certificates are always
 * verified. Plain http, which is for this machine only, is never sent to a proxy.
 *
 * @throws ApiFault `proxyFailed` if the proxy's address can't be used.
 */
export function createAgent(baseUrl: string): HttpAgent {
  if (!baseUrl.startsWith("https:")) return new HttpAgent({ keepAlive: true });
  assertUsableProxy(process.env);
  const options: ProxyAgentOptions = {
    keepAlive: true,
    rejectUnauthorized: true, // otherwise NODE_TLS_REJECT_UNAUTHORIZED decides who gets the keys
    proxyEnv: process.env,
  };
  return new HttpsAgent(options);
}

/** Node goes past a proxy whose address it doesn't understand, and verifies one only by default. */
function assertUsableProxy(environment: NodeJS.ProcessEnv): void {
  const name = environment["https_proxy"] ? "https_proxy" : "HTTPS_PROXY"; // the order of Node
  const address = environment[name];
  if (!address) return;
  // The address itself is never shown: it may hold a password.
  if (!/^https?:\/\//.test(address) || !hasReadableCredentials(address)) {
    const example = "http://proxy.example:3128";
    throw new ApiFault("proxyFailed", `${name} isn't an address such as ${example}`);
  }
  if (address.startsWith("https:") && environment["NODE_TLS_REJECT_UNAUTHORIZED"] === "0") {
    const reason = "NODE_TLS_REJECT_UNAUTHORIZED=0 would leave its certificate unverified";
    throw new ApiFault("proxyFailed", `the proxy of ${name} can't be used, since ${reason}`);
  }
}

function hasReadableCredentials(address: string): boolean {
  try {
    const { username, password } = new URL(address);
    decodeURIComponent(username + password);
    return true;
  } catch {
    return false;
  }
}
