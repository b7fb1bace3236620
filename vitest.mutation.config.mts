import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";

/** The tests of mutants. The random model proves little for one, and takes long. */
export default defineConfig({
  test: {
    include: ["test/unit/{api,lifecycle,orgs,settings,plugin,provider,sdk}/**/*.test.ts"],
    env: { PULUMI_HOME: join(tmpdir(), "org-connections-mutation-tests") },
    isolate: false,
    testTimeout: 60_000,
  },
});
