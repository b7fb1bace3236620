import { defineConfig } from "vitest/config";

/** The tests of mutants. The random model proves little for one, and takes long. */
export default defineConfig({
  test: {
    include: ["test/unit/{api,lifecycle,orgs,settings,provider}/**/*.test.ts"],
    testTimeout: 60_000,
  },
});
