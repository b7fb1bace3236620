import { join } from "node:path";
import { succeed } from "../../test/support/engine/run-command.ts";
import { type FakeDatadog, orgs, startFakeDatadog } from "../../test/support/fake-datadog/index.ts";
import { environmentOf } from "../../test/support/harness/environment.ts";
import type { Installation } from "../../test/support/harness/install-package.ts";

/** What the provider alone, without an engine, costs with this many connections. */
export interface LookupCosts {
  readonly connections: number;
  /** Requests for all reads together. */
  readonly requests: number;
  /** The first read, which takes the snapshot: milliseconds. */
  readonly snapshotMs: number;
  /** Each further read: microseconds. */
  readonly lookupUs: number;
  /** What the snapshot keeps in memory. */
  readonly snapshotBytes: number;
}

/** Reads every connection once, in a process of its own with the installed package. */
export async function measureLookups(
  { project }: Installation,
  connections: number,
): Promise<LookupCosts> {
  const fake = await startFakeDatadog();
  try {
    connectAll(fake, connections);
    const reader = join(import.meta.dirname, "lookups-process.cjs");
    const ids = fake.connections.map(({ id }) => id);
    const { stdout } = await succeed(process.execPath, ["--expose-gc", reader, ...ids], {
      cwd: project,
      env: environmentOf(fake),
    });
    // The process takes two snapshots: the first only warms it up.
    return { connections, requests: fake.requests.length / 2, ...JSON.parse(stdout) };
  } finally {
    await fake.close();
  }
}

function connectAll(fake: FakeDatadog, count: number): void {
  for (let index = 0; index < count; index++) {
    fake.connect({ source: orgs.payments, sink: fake.addOrg(`Sink ${index}`), types: ["logs"] });
  }
}
