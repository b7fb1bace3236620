import type { dynamic } from "@pulumi/pulumi";
import { UserError } from "../provider/errors";
import { OrgConnectionProvider } from "../provider/provider";

/**
 * Called by the provider text in every stack's state. The state of existing stacks names this
 * function and the package's export `./provider`, so neither can ever be renamed.
 */
export function handler(): dynamic.ResourceProvider {
  const provider = new OrgConnectionProvider({
    // Text on standard output becomes a message of the update.
    report: (severity, message) =>
      console.log(severity === "warning" ? `warning: ${message}` : message),
  });
  return {
    // The host doesn't wait for this before it makes other calls.
    configure: async ({ config }) => provider.configure(config),
    check: (olds, news) => printable(provider.check(olds, news)),
    async diff(id, olds, news) {
      const { updates, replaces } = await printable(provider.diff(id, olds, news));
      // What an alias moved here from another provider has no provider text: an update records it.
      const isMoved = olds.__provider !== news.__provider;
      return { changes: isMoved || updates.length + replaces.length > 0, replaces: [...replaces] };
    },
    async create(inputs) {
      const { id, outputs: outs } = await printable(provider.create(inputs));
      return { id, outs };
    },
    async read(id, recorded) {
      const read = await printable(provider.read(id, recorded));
      return { id: read.id, props: read.outputs, inputs: read.inputs };
    },
    update: async (id, olds, news) => ({ outs: await printable(provider.update(id, olds, news)) }),
    delete: (id, recorded) => printable(provider.delete(id, recorded)),
  };
}

/**
 * For `check`, `diff`, `read` and `delete` the engine's host prints `${error}: ${error.stack}`. To
 * show no JavaScript stack, the two return half of the message each.
 */
function printable<T>(call: Promise<T>): Promise<T> {
  return call.catch((error) => {
    if (!(error instanceof UserError)) throw error;
    const { message, action = message, reason } = error;
    throw Object.assign(new Error(message), { stack: reason, toString: () => action });
  });
}
