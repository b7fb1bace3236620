import { expect, it } from "vitest";
import { orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import { newStack, path, recordedConnections, textBelow, writesOf } from "./fixture.ts";
import { plugin, yamlProgram } from "./ways.ts";

const running = useFakeDatadog();

const declared = {
  hub: { sinkOrgId: orgs.hub.id, connectionTypes: ["logs"] },
  shop: { sinkOrgId: orgs.shop.id, connectionTypes: ["logs"] },
  data: { sinkOrgId: orgs.data.id, connectionTypes: ["logs"] },
};
/** Longer than the test may take. */
const rateLimited = {
  kind: "status",
  status: 429,
  method: "POST",
  headers: { "retry-after": "600" },
} as const;

it("Ctrl-C ends the wait that a rate limit asks for, and nothing is lost", async () => {
  const fake = running();
  const ctrlC = new AbortController();
  const stack = await newStack(fake, plugin.program(declared), {
    onOutput: (text) => {
      if (/Rate limited by Datadog; retrying in \d+ s/.test(text)) ctrlC.abort();
    },
  });
  fake.fault(rateLimited);
  const { code, output } = await stack.up({ interrupt: ctrlC.signal });
  expect(code).not.toBe(0);
  expect(output).toMatch(/Cannot create the org connection to .*: the operation was canceled/);
  const recorded = (await recordedConnections(stack)).map(({ id }) => id);
  expect(recorded.sort()).toEqual(fake.connections.map(({ id }) => id).sort());

  const missing = 3 - recorded.length;
  expect(await stack.up()).toMatchObject({ code: 0, changes: { create: missing } });
  expect(fake.connections).toHaveLength(3);
  expect(await recordedConnections(stack)).toHaveLength(3);
});

it("a custom timeout ends such a wait too", async () => {
  const fake = running();
  const options = { customTimeouts: { create: "5s" } };
  const stack = await newStack(fake, plugin.program({ hub: { ...declared.hub, options } }));
  fake.fault(rateLimited);
  const { code, output } = await stack.up();
  expect(code).toBe(1);
  expect(output).toContain(
    `Cannot create the org connection to ${orgs.hub.id}: the operation was canceled, or its time is over`,
  );
  expect(writesOf(fake)).toEqual([`POST ${path} 429`]);
});

it("inputs that are secret stay encrypted in the state", async () => {
  const fake = running();
  const sinkOrgId = { "fn::secret": orgs.hub.id };
  const stack = await newStack(fake, yamlProgram({ hub: { ...declared.hub, sinkOrgId } }));
  expect(await stack.up()).toMatchObject({ code: 0, changes: { create: 2 } });
  expect(fake.connections).toMatchObject([{ sinkOrgId: orgs.hub.id }]);
  const stored = await textBelow(stack.stateDirectory);
  expect(stored).toContain(fake.connections[0]?.id);
  expect(stored).not.toContain(orgs.hub.id);
  expect(await stack.preview({ refresh: true, expectNoChanges: true })).toMatchObject({ code: 0 });
});
