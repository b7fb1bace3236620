import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, it } from "vitest";
import { environmentOf, recordedConnections } from "../end-to-end/fixture.ts";
import { type FakeDatadog, orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import type { Stack } from "../support/harness/stack.ts";
import { compile, connectionsIn, expectNoKeys, newExample, takeRequests } from "./fixture.ts";

const datadog = useFakeDatadog();
let fake: FakeDatadog;
let toSecurity: string;
let toHub: string;

beforeEach(() => {
  fake = datadog();
  const [source, types] = [orgs.payments, ["logs", "metrics"]];
  toSecurity = fake.connect({ source, sink: orgs.security, types }).id;
  toHub = fake.connect({ source, sink: orgs.hub, types }).id;
});

function adoptingStack(): Promise<Stack> {
  return newExample("adopt-existing", environmentOf(fake), {
    securityOrgId: orgs.security.id,
    hubOrgId: orgs.hub.id,
    hubConnectionId: toHub,
  });
}

it("adopt-existing takes over what was made by hand, and changes only types that it may", async () => {
  const stack = await adoptingStack();
  const up = await stack.up();
  expect(up).toMatchObject({
    code: 0,
    changes: { create: 3 },
    outputs: { adopted: { toSecurity, toHub } },
  });
  expect(takeRequests(fake)).toEqual([
    "Payments: GET current_user 200",
    "Payments: GET list 200", // for the import
    "Payments: GET list 200", // for the adoption
    "Payments: PATCH 200",
    "Payments: POST 409",
  ]);
  expect(connectionsIn(fake)).toEqual([
    "Payments to Hub: logs, metrics",
    "Payments to Security: audit, logs",
  ]);
  await expectNoKeys(fake, stack, up);

  expect(await stack.preview({ expectNoChanges: true })).toMatchObject({ code: 0 });
  expect(takeRequests(fake)).toEqual([]);

  expect(await stack.destroy()).toMatchObject({ code: 0 });
  expect(takeRequests(fake)).toEqual(["Payments: DELETE 200", "Payments: DELETE 200"]);
  expect(fake.connections).toEqual([]);
});

it("removing the argument and the option after the first up makes no diff", async () => {
  const stack = await adoptingStack();
  expect(await stack.up()).toMatchObject({ code: 0 });
  takeRequests(fake);

  const program = await readFile(join(stack.workDirectory, "index.ts"), "utf8");
  const without = program
    .replace(/ *adoptExisting: true,\n/, "")
    .replace(/ *\{ import: .*\},\n/, "");
  expect(without.length).toBeLessThan(program.length - 60);
  expect(without).not.toMatch(/adoptExisting|\{ import:/);
  await stack.write("index.ts", without);
  await compile(stack);

  expect(await stack.preview({ refresh: true, expectNoChanges: true })).toMatchObject({ code: 0 });
  expect(await stack.up()).toMatchObject({ code: 0, changes: { same: 3 } });
  expect(takeRequests(fake)).toEqual(["Payments: GET list 200"]);
});

it("the option import fails if the connection isn't as declared, and changes nothing", async () => {
  fake.setTypes(toHub, ["audit"]);
  const stack = await adoptingStack();
  const { code, output } = await stack.up();
  expect(code).toBe(1);
  expect(output).toContain(
    `the connection ${toHub} can't be imported: connectionTypes is ["audit"]`,
  );
  const recorded = await recordedConnections(stack);
  expect(recorded.map(({ id }) => id)).not.toContain(toHub);
  expect(fake.connections.at(-1)).toMatchObject({ id: toHub, types: ["audit"] });
});
