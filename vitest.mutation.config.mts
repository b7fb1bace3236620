import { defineConfig } from "vitest/config";

/** The tests that judge a mutant: what is random proves little for one, and takes long. */
export default defineConfig({
  test: {
    include: ["test/provider/**/*.test.ts"],
    exclude: ["test/provider/model.test.ts"],
  },
});
