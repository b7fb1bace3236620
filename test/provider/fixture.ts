import { afterEach, beforeEach } from "vitest";
import { handler } from "../../provider/index.ts";
import { type FakeDatadog, orgs, startFakeDatadog } from "../fake-datadog/index.ts";

export const own = "datadog-org-connections";

/** The configuration with which Payments calls the service. */
export function configOf({ url }: { url: string }): Record<string, string> {
  return {
    [`${own}:apiUrl`]: url,
    [`${own}:apiKey`]: orgs.payments.apiKey,
    [`${own}:appKey`]: orgs.payments.appKey,
  };
}

/** A provider as the engine's host sets it up for one operation. */
export function newProvider(config: Record<string, string>): ReturnType<typeof handler> {
  const provider = handler();
  const get = (key: string) => config[key];
  provider.configure({ config: { get, require: (key) => get(key) ?? "" } });
  return provider;
}

/** A fresh service for each test of the file. */
export function useFakeDatadog(): () => FakeDatadog {
  let fake: FakeDatadog;
  beforeEach(async () => {
    fake = await startFakeDatadog();
  });
  afterEach(() => fake.close());
  return () => fake;
}

/** The message of what a call throws. */
export async function messageOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return "nothing was thrown";
}
