import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";

const keepAlive = { keepAlive: true };
/** Said here, since otherwise NODE_TLS_REJECT_UNAUTHORIZED decides who gets the keys. */
const verified = { ...keepAlive, rejectUnauthorized: true };

/** Whether the environment names a proxy (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, any case). */
function proxyIsConfigured(): boolean {
  return Object.entries(process.env).some(
    ([name, value]) => /^(https?|all)_proxy$/i.test(name) && value,
  );
}

/**
 * The agent that carries the requests to `baseUrl`: connections are kept and used again, and the
 * environment's proxy is used except for the hosts of `NO_PROXY`. Certificates are always verified.
 * Plain http, which is for this machine only, is never sent to a proxy.
 */
export async function createAgent(baseUrl: string): Promise<HttpAgent> {
  if (!baseUrl.startsWith("https:")) return new HttpAgent(keepAlive);
  if (!proxyIsConfigured()) return new HttpsAgent(verified);
  const { ProxyAgent } = await import("proxy-agent");
  return new ProxyAgent(verified);
}
