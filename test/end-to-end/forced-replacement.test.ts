import { expect, it } from "vitest";
import { type FakeDatadog, orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import type { Stack } from "../support/harness/stack.ts";
import type { OperationResult } from "../support/harness/stack-options.ts";
import { newStack, recordedConnections } from "./fixture.ts";

const running = useFakeDatadog();
const path = "/api/v2/org_connections";

/** A program with one connection to the hub, and these options of its resource. */
function program(options: object): string {
  const args = { sinkOrgId: orgs.hub.id, connectionTypes: ["logs"] };
  return `import { OrgConnection } from "pulumi-datadog-org-connections";
    new OrgConnection("hub", ${JSON.stringify(args)}, ${JSON.stringify(options)});`;
}

/** Each way to have a resource replaced that didn't change. */
const ways: Record<string, (stack: Stack, options: object) => Promise<OperationResult>> = {
  async "pulumi up --replace"(stack) {
    const [hub] = await recordedConnections(stack);
    return stack.up({ replace: [hub?.urn ?? ""] });
  },
  async "pulumi state taint"(stack) {
    const [hub] = await recordedConnections(stack);
    expect(await stack.pulumi(["state", "taint", hub?.urn ?? "", "--yes"])).toMatchObject({
      code: 0,
    });
    return stack.up();
  },
  async replacementTrigger(stack, options) {
    await stack.write("index.ts", program({ ...options, replacementTrigger: "second" }));
    return stack.up();
  },
};

/** A stack that created its connection. */
async function createdStack(fake: FakeDatadog, options: object): Promise<Stack> {
  const stack = await newStack(fake, program({ ...options, replacementTrigger: "first" }));
  expect(await stack.up()).toMatchObject({ code: 0, changes: { create: 2 } });
  return stack;
}

/** The writes since the last look. */
function takeWrites(fake: FakeDatadog): string[] {
  const writes = fake.requestLines.filter((line) => !line.startsWith("GET"));
  fake.clearRequests();
  return writes;
}

it("a forced replacement that creates first changes nothing, and the message names deleteBeforeReplace", async () => {
  const fake = running();
  const stack = await createdStack(fake, {});
  const before = { recorded: await recordedConnections(stack), existing: fake.connections };
  takeWrites(fake);
  for (const [way, force] of Object.entries(ways)) {
    const { code, output } = await force(stack, {});
    expect(code, way).toBe(1);
    expect(output, way).toMatch(/deleteBeforeReplace: true/);
    expect(takeWrites(fake), way).toEqual([`POST ${path} 409`]);
    expect(fake.connections, way).toEqual(before.existing);
    expect(await recordedConnections(stack), way).toMatchObject(before.recorded);
  }
});

it("with deleteBeforeReplace, a forced replacement deletes the connection, creates it anew and records it", async () => {
  const fake = running();
  const options = { deleteBeforeReplace: true };
  const stack = await createdStack(fake, options);
  takeWrites(fake);
  for (const [way, force] of Object.entries(ways)) {
    const [before] = fake.connections;
    const { code, changes } = await force(stack, options);
    expect({ code, changes }, way).toEqual({ code: 0, changes: { replace: 1, same: 1 } });
    expect(takeWrites(fake), way).toEqual([`DELETE ${path}/${before?.id} 200`, `POST ${path} 200`]);
    const [after] = fake.connections;
    expect(after?.id, way).not.toBe(before?.id);
    expect(await recordedConnections(stack), way).toMatchObject([{ id: after?.id }]);
  }
});
