import { once } from "node:events";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";

/**
 * Stands for a Vault that keeps the key of a stack's secrets as it is. From a passphrase, each command
 * derives that key anew, which takes half of the processor's time of a short one.
 */
export async function startVault() {
  const server = createServer(async (request, response) => {
    const { plaintext, ciphertext } = JSON.parse(await text(request));
    response.end(JSON.stringify({ data: { plaintext: ciphertext, ciphertext: plaintext } }));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = Object(server.address());
  return {
    /** The variables with which the engine finds it. */
    env: { VAULT_SERVER_URL: `http://127.0.0.1:${port}`, VAULT_SERVER_TOKEN: "token" },
    stop: () => server.close(),
  };
}
