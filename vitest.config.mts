import { defineConfig } from "vitest/config";

const minute = 60_000;

export default defineConfig({
  test: {
    isolate: false, // loading the same modules for each file takes longer than most tests
    testTimeout: 2 * minute,
    hookTimeout: 5 * minute,
    maxWorkers: "100%", // by default one core stays idle, and most tests wait for the engine
    coverage: {
      include: ["provider/**"],
      reporter: ["text", "html"],
      reportsDirectory: "reports/coverage",
      thresholds: { branches: 98 },
    },
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["test/unit/**/*.test.ts"],
        },
      },
      {
        extends: true,
        test: {
          name: "repository",
          include: ["test/{model,repository,support/engine,support/fake-datadog}/**/*.test.ts"],
        },
      },
      {
        extends: true,
        test: {
          name: "engine",
          include: ["test/{cli,support/harness,end-to-end,package,examples}/**/*.test.ts"],
          globalSetup: "test/support/harness/global-setup.ts",
        },
      },
      {
        extends: true,
        test: {
          name: "stress",
          include: ["test/{stress,model}/**/*.test.ts", "test/end-to-end/{model,kill}.test.ts"],
          env: {
            MODEL_SEED: process.env["MODEL_SEED"] ?? String(Date.now() % 1_000_000),
            MODEL_CALLS: process.env["MODEL_CALLS"] ?? "300000",
            MODEL_SECONDS: process.env["MODEL_SECONDS"] ?? "450", // for each provider
            KILL_ROUNDS: process.env["KILL_ROUNDS"] ?? "20",
          },
          globalSetup: "test/support/harness/global-setup.ts",
        },
      },
      {
        extends: true,
        test: {
          name: "consumers",
          include: ["test/consumers/**/*.test.ts"],
          testTimeout: 10 * minute,
          maxConcurrency: 2,
        },
      },
    ],
  },
});
