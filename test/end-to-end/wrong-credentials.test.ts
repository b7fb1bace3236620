import { describe, expect, it } from "vitest";
import { orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import { declare, newStack, recordedByName } from "./fixture.ts";
import { ways } from "./ways.ts";

const running = useFakeDatadog();

const adopting = (sink: { id: string }, ...connectionTypes: string[]) => ({
  sinkOrgId: sink.id,
  connectionTypes,
  adoptExisting: true,
});
const toHub = adopting(orgs.hub, "logs");

describe.each(ways)("by the $name", (way) => {
  it("keys of another org forget, change and delete nothing", async () => {
    const fake = running();
    const stack = await newStack(fake, way.program({ hub: toHub }));
    await stack.up();
    const before = fake.connections;
    const id = before[0]?.id;
    const env = { DD_API_KEY: orgs.data.apiKey, DD_APP_KEY: orgs.data.appKey };
    const whose =
      "Datadog doesn't list the connection for the credentials: they belong to the org " +
      `${orgs.data.id}, not to its source ${orgs.payments.id} or its sink ${orgs.hub.id}`;
    await declare(stack, way, { hub: adopting(orgs.hub, "audit") });
    for (const [run, message] of [
      [() => stack.refresh({ env }), `Cannot read the org connection ${id}: ${whose}`],
      [() => stack.destroy({ env }), `Cannot delete the org connection ${id}: ${whose}`],
      [() => stack.up({ env }), `Cannot update the org connection ${id}: Datadog answered 404`],
    ] as const) {
      const { code, output } = await run();
      expect(code).toBe(1);
      expect(output).toContain(message);
    }
    expect(fake.connections).toEqual(before);
    expect(await recordedByName(stack)).toMatchObject({
      hub: { id, outputs: { sinkOrgId: orgs.hub.id, connectionTypes: ["logs"] } },
    });
  });
});
