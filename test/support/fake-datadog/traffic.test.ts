import { expect, it } from "vitest";
import { keysOf, send } from "./client.ts";
import { orgs } from "./index.ts";
import { useFakeDatadog } from "./vitest.ts";

const running = useFakeDatadog();
const headers = keysOf(orgs.payments);

it("counts the bytes that a client sends", async () => {
  const fake = running();
  expect(fake.trafficBytes).toBe(0);
  await send(fake, { method: "POST", headers, body: "x".repeat(10_000) });
  expect(fake.trafficBytes).toBeGreaterThan(10_000);
});

it("counts the bytes that a client gets", async () => {
  const fake = running();
  for (let index = 0; index < 30; index++) {
    fake.connect({ source: orgs.payments, sink: fake.addOrg(`Sink ${index}`), types: ["logs"] });
  }
  const listed = await (await send(fake, { headers })).text();
  expect(listed.length).toBeGreaterThan(10_000);
  expect(fake.trafficBytes).toBeGreaterThan(listed.length);
});
