import { expect, it } from "vitest";
import { orgs } from "./index.ts";
import { useFakeDatadog } from "./vitest.ts";

const running = useFakeDatadog();

it("counts the bytes of a request and of its answer, headers included", async () => {
  const fake = running();
  expect(fake.trafficBytes).toBe(0);
  const answer = await fetch(`${fake.url}/api/v2/org_connections`, {
    headers: { "DD-API-KEY": orgs.payments.apiKey, "DD-APPLICATION-KEY": orgs.payments.appKey },
  });
  const received = (await answer.text()).length;
  const sent = orgs.payments.apiKey.length + orgs.payments.appKey.length;
  expect(fake.trafficBytes).toBeGreaterThan(sent + received);
  const once = fake.trafficBytes;
  await fetch(fake.url);
  expect(fake.trafficBytes).toBeGreaterThan(once);
});
