import { beforeEach, expect, it } from "vitest";
import { ask, keysOf } from "../support/fake-datadog/client.ts";
import { type FakeDatadog, orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import { newStack, programOf, recordedConnections } from "./fixture.ts";

const running = useFakeDatadog();
let fake: FakeDatadog;

beforeEach(() => {
  fake = running();
});

const path = "/api/v2/org_connections";
const toHub = { sinkOrgId: orgs.hub.id, connectionTypes: ["logs"] };

it("a second stack can't create the connection of the first, and is told how to share it", async () => {
  const first = await newStack(fake, programOf({ hub: toHub }));
  await first.up();
  const before = fake.connections;
  const id = before[0]?.id;

  const second = await newStack(fake, programOf({ hub: toHub }));
  const { code, output } = await second.up();
  expect(code).toBe(1);
  expect(output).toContain(
    `Cannot create the org connection to ${orgs.hub.id}: Datadog answered 409 Conflict`,
  );
  expect(output).toContain(
    `the existing one has the id ${id}. To manage it, set \`adoptExisting: true\``,
  );
  expect(fake.connections).toEqual(before);
  expect(await recordedConnections(second)).toEqual([]);
});

it("what one stack destroys is gone for the other, which brings it back", async () => {
  const program = programOf({ hub: { ...toHub, adoptExisting: true } });
  const [first, second] = [await newStack(fake, program), await newStack(fake, program)];
  await first.up();
  expect(await second.up()).toMatchObject({ code: 0, changes: { create: 2 } });
  expect(fake.connections).toHaveLength(1);

  expect(await first.destroy()).toMatchObject({ code: 0 });
  expect(fake.connections).toEqual([]);
  const drift = { previewOnly: true, expectNoChanges: true };
  expect(await second.refresh(drift)).toMatchObject({ code: 7, changes: { delete: 1, same: 1 } });
  expect(await second.up({ refresh: true })).toMatchObject({ code: 0, changes: { create: 1 } });
  expect(await recordedConnections(second)).toMatchObject([{ id: fake.connections[0]?.id }]);
});

it("a connection that its sink deletes while it is updated fails the update, and comes back", async () => {
  const stack = await newStack(fake, programOf({ hub: toHub }));
  await stack.up();
  const id = fake.connections[0]?.id;
  await stack.write("index.ts", programOf({ hub: { ...toHub, connectionTypes: ["audit"] } }));
  fake.fault({ kind: "status", status: 503, method: "PATCH", times: 99 });

  const up = stack.up();
  await expect.poll(() => fake.requests.at(-1)?.method, { timeout: 60_000 }).toBe("PATCH");
  const deletion = { method: "DELETE", path: `${path}/${id}`, headers: keysOf(orgs.hub) };
  expect(await ask(fake, deletion)).toMatchObject({ status: 200 });
  fake.clearFaults();
  const { code, output } = await up;
  expect(code).toBe(1);
  expect(output).toContain(
    `Cannot update the org connection ${id}: Datadog answered 404 Not Found`,
  );
  expect(output).toContain("The connection no longer exists, or the keys belong to another org.");

  expect(await stack.up({ refresh: true })).toMatchObject({ code: 0, changes: { create: 1 } });
  expect(fake.connections).toMatchObject([{ sinkOrgId: orgs.hub.id, types: ["audit"] }]);
});
