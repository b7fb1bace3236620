import { connect } from "node:net";

const intervalMs = 5_000;

/**
 * Ends the process soon after the engine has ended. The engine ends its plugins, but can't if it is
 * killed. Its address refuses connections then, on every operating system, whatever process is the
 * parent of this one.
 */
export function exitWithEngine(address: string): void {
  const { hostname, port } = new URL(`tcp://${address}`);
  setInterval(() => {
    const socket = connect(Number(port), hostname, () => socket.destroy());
    socket.on("error", ({ code }: NodeJS.ErrnoException) => {
      if (code === "ECONNREFUSED") process.exit();
    });
  }, intervalMs);
}
