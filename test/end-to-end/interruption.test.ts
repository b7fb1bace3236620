import { expect, it } from "vitest";
import { orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import { newStack, recordedConnections, textBelow } from "./fixture.ts";
import { argsTo, plugin, programOf, yamlProgram } from "./providers.ts";

const datadog = useFakeDatadog();

const declared = {
  hub: argsTo(orgs.hub),
  shop: argsTo(orgs.shop),
  data: argsTo(orgs.data),
};
it("Ctrl-C ends the wait that a rate limit asks for, and nothing is lost", async () => {
  const fake = datadog();
  const ctrlC = new AbortController();
  const stack = await newStack(fake, programOf(declared, plugin), {
    onOutput: (text) => {
      if (/Rate limited by Datadog; retrying in \d+ s/.test(text)) ctrlC.abort();
    },
  });
  const headers = { "retry-after": "600" }; // longer than the test may take
  fake.fault({ kind: "status", status: 429, method: "POST", headers });
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

it("inputs that are secret stay encrypted in the state", async () => {
  const fake = datadog();
  const sinkOrgId = { "fn::secret": orgs.hub.id };
  const stack = await newStack(fake, yamlProgram({ hub: { ...declared.hub, sinkOrgId } }));
  expect(await stack.up()).toMatchObject({ code: 0, changes: { create: 2 } });
  expect(fake.connections).toMatchObject([{ sinkOrgId: orgs.hub.id }]);
  const stored = await textBelow(stack.stateDirectory);
  expect(stored).toContain(fake.connections[0]?.id);
  expect(stored).not.toContain(orgs.hub.id);
  expect(await stack.preview({ refresh: true, expectNoChanges: true })).toMatchObject({ code: 0 });
});
