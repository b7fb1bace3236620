import { afterEach, beforeEach } from "vitest";
import { type FakeDatadog, startFakeDatadog } from "./index.ts";

/** A fresh service for each test of the file that calls this. */
export function useFakeDatadog(): () => FakeDatadog {
  let fake: FakeDatadog;
  beforeEach(async () => {
    fake = await startFakeDatadog();
  });
  afterEach(() => fake.close());
  return () => fake;
}
