import { defineConfig } from "vitest/config";

/** The tests of mutants: the unit tests. */
export default defineConfig({
  test: {
    include: ["test/unit/**/*.test.ts"],
    isolate: false,
    testTimeout: 60_000,
  },
});
