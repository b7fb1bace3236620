import { beforeEach, describe, expect, it } from "vitest";
import { type FakeDatadog, orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import type { Stack } from "../support/harness/stack.ts";
import { newStack, oneList, recordedConnections } from "./fixture.ts";

const running = useFakeDatadog();
let fake: FakeDatadog;
let id: string;

const path = "/api/v2/org_connections";

beforeEach(() => {
  fake = running();
  id = fake.connect({ source: orgs.payments, sink: orgs.hub, types: ["logs", "audit"] }).id;
});

/** A program with one connection to the hub. */
function program(args: object = {}, opts: object = {}): string {
  const all = { sinkOrgId: orgs.hub.id, connectionTypes: ["audit", "logs"], ...args };
  return `import { OrgConnection } from "pulumi-datadog-org-connections";
    new OrgConnection("hub", ${JSON.stringify(all)}, ${JSON.stringify(opts)});`;
}

/** Makes sure, once, that this org is the source of what it adopts. */
const validate = "GET /api/v2/validate 200";

const writes = () => fake.requestLines.filter((line) => !line.startsWith("GET"));

async function expectNoChanges(stack: Stack): Promise<void> {
  expect(await stack.preview({ refresh: true, expectNoChanges: true })).toMatchObject({ code: 0 });
}

describe("the option import", () => {
  it("takes the connection over as it is, and removing the option makes no diff", async () => {
    const stack = await newStack(fake, program({}, { import: id }));
    expect(await stack.up()).toMatchObject({ code: 0, changes: { create: 2 } });
    expect(await recordedConnections(stack)).toMatchObject([
      { id, outputs: { sinkOrgName: "Hub", connectionTypes: ["audit", "logs"] } },
    ]);
    await expectNoChanges(stack);
    await stack.write("index.ts", program());
    await expectNoChanges(stack);
    expect(await stack.up()).toMatchObject({ code: 0, changes: { same: 2 } });
    await expectNoChanges(stack);
    expect(writes()).toEqual([]);

    await stack.write("index.ts", program({ connectionTypes: ["logs"] }));
    expect(await stack.up()).toMatchObject({ code: 0, changes: { update: 1 } });
    expect(writes()).toEqual([`PATCH ${path}/${id} 200`]);
  });

  it("tells each difference between the program and Datadog, and changes nothing", async () => {
    const args = { sinkOrgId: orgs.shop.id, connectionTypes: ["metrics"] };
    const stack = await newStack(fake, program(args, { import: id }));
    const { code, output } = await stack.up();
    expect(code).toBe(1);
    expect(output).toContain(
      `the connection ${id} can't be imported: sinkOrgId is "${orgs.hub.id}" in Datadog, but ` +
        `"${orgs.shop.id}" in the program and connectionTypes is ["audit","logs"] in Datadog, but ` +
        '["metrics"] in the program. Nothing was changed.',
    );
    expect(fake.requestLines).toEqual([...oneList, validate]);
    expect(await recordedConnections(stack)).toEqual([]);
  });

  it("fails where there is no such connection", async () => {
    fake.remove(id);
    const stack = await newStack(fake, program({}, { import: id }));
    const { code, output } = await stack.up();
    expect(code).toBe(1);
    expect(output).toContain(`there is no connection ${id} to import`);
    expect(fake.requestLines).toEqual(oneList);
  });
});

describe("adoptExisting", () => {
  it("takes over the connection of the same orgs", async () => {
    const stack = await newStack(fake, program({ adoptExisting: true }));
    expect(await stack.up()).toMatchObject({ code: 0, changes: { create: 2 } });
    expect(await recordedConnections(stack)).toMatchObject([{ id }]);
    await expectNoChanges(stack);
    await stack.write("index.ts", program());
    await expectNoChanges(stack);
    expect(writes()).toEqual([]);
  });

  it("PATCHes the types where they differ", async () => {
    const args = { adoptExisting: true, connectionTypes: ["metrics"] };
    const stack = await newStack(fake, program(args));
    expect(await stack.up()).toMatchObject({ code: 0 });
    expect(fake.requestLines).toEqual([...oneList, validate, `PATCH ${path}/${id} 200`]);
    expect(await recordedConnections(stack)).toMatchObject([
      { id, outputs: { connectionTypes: ["metrics"], sinkOrgName: "Hub", createdByName: "Ada" } },
    ]);
  });

  it("creates where there is none", async () => {
    fake.remove(id);
    const stack = await newStack(fake, program({ adoptExisting: true }));
    expect(await stack.up()).toMatchObject({ code: 0 });
    expect(fake.requestLines).toEqual([...oneList, `POST ${path} 200`]);
  });

  it("reads the list once for all connections of a program", async () => {
    const sinks = [orgs.hub, orgs.shop, orgs.data].map((org) => org.id);
    const stack = await newStack(
      fake,
      `import { OrgConnection } from "pulumi-datadog-org-connections";
      for (const sinkOrgId of ${JSON.stringify(sinks)}) {
        new OrgConnection(sinkOrgId, { sinkOrgId, connectionTypes: ["logs"], adoptExisting: true });
      }`,
    );
    expect(await stack.up()).toMatchObject({ code: 0 });
    const reads = fake.requestLines.filter((line) => line.startsWith("GET"));
    expect(reads).toEqual([...oneList, validate]);
    expect(writes().sort()).toEqual([
      `PATCH ${path}/${id} 200`,
      `POST ${path} 200`,
      `POST ${path} 200`,
    ]);
  });
});

it("without either, the message names the connection and both ways", async () => {
  const stack = await newStack(fake, program());
  const { code, output } = await stack.up();
  expect(code).toBe(1);
  expect(output).toContain(
    `A pair of orgs can have only one connection; the existing one has the id ${id}. To manage it, set ` +
      `\`adoptExisting: true\` in its arguments, or the option \`{ import: "${id}" }\`.`,
  );
});
