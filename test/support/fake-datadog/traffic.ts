import type { Server } from "node:http";
import type { Socket } from "node:net";

/** Counts the bytes that clients sent and got, headers included. */
export class Traffic {
  readonly #open = new Set<Socket>();
  #closed = 0;

  /** Watches the connections that a server is given from now on. */
  watch(server: Server): void {
    server.on("connection", (socket) => {
      this.#open.add(socket);
      socket.once("close", () => {
        this.#open.delete(socket);
        this.#closed += bytesOf(socket);
      });
    });
  }

  /** Bytes in both directions so far. */
  get bytes(): number {
    return [...this.#open].reduce((sum, socket) => sum + bytesOf(socket), this.#closed);
  }
}

function bytesOf({ bytesRead, bytesWritten }: Socket): number {
  return bytesRead + bytesWritten;
}
