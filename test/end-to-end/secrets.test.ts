import { expect, it } from "vitest";
import { orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import { newStack, programOf, recordedConnections, textBelow } from "./fixture.ts";

const running = useFakeDatadog();
const own = "datadog-org-connections";
const { apiKey, appKey } = orgs.payments;

const program = programOf({ hub: { sinkOrgId: orgs.hub.id, connectionTypes: ["logs"] } });

it("keys of the environment are stored nowhere", async () => {
  const fake = running();
  const stack = await newStack(fake, program);
  const { output } = await stack.up();
  const all = output + (await textBelow(stack.stateDirectory));
  expect(all).toContain(fake.connections[0]?.id);
  expect(all).not.toContain(apiKey);
  expect(all).not.toContain(appKey);
});

it("keys of the stack's configuration are stored encrypted, and in no resource of ours", async () => {
  const fake = running();
  const stack = await newStack(fake, program, {
    env: {},
    config: {
      [`${own}:apiUrl`]: fake.url,
      [`${own}:apiKey`]: { value: apiKey, secret: true },
      [`${own}:appKey`]: { value: appKey, secret: true },
    },
  });
  const up = await stack.up();
  expect(up.code).toBe(0);
  fake.fault({ kind: "status", status: 400, body: JSON.stringify({ errors: [apiKey, appKey] }) });
  const refresh = await stack.refresh();
  expect(refresh.output).toContain("[redacted]; [redacted]");
  const resources = await recordedConnections(stack);
  expect(Object.keys(resources[0]?.outputs ?? {}).sort()).toEqual([
    "__provider",
    "connectionTypes",
    "createdAt",
    "createdBy",
    "createdByName",
    "sinkOrgId",
    "sinkOrgName",
    "sourceOrgId",
    "sourceOrgName",
  ]);
  expect(JSON.stringify(resources)).not.toContain("ciphertext");
  const all = up.output + refresh.output + (await textBelow(stack.stateDirectory));
  expect(all).not.toContain(apiKey);
  expect(all).not.toContain(appKey);
});
