import { describe, expect, it } from "vitest";
import { orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import type { Stack } from "../support/harness/stack.ts";
import { newStack, oneList, programOf, recordedConnections } from "./fixture.ts";

const running = useFakeDatadog();
const path = "/api/v2/org_connections";

/** A program whose sink and types are outputs of another resource. */
const computed = (sinkOrgId: string, type: string) => `
  import * as pulumi from "@pulumi/pulumi";
  import { OrgConnection } from "pulumi-datadog-org-connections";

  class Team extends pulumi.CustomResource {
    constructor(name, props) {
      const __provider = \`exports.handler=()=>({
        async create(i){return {id:"1",outs:{...i,made:i.given,type:i.kind}}},
        async diff(_,o,n){return {changes:o.given!==n.given||o.kind!==n.kind}},
        async update(_,o,n){return {outs:{...n,made:n.given,type:n.kind}}}
      })\`;
      super("pulumi-nodejs:dynamic/test:Team", name, { __provider, ...props, made: undefined, type: undefined });
    }
  }
  const team = new Team("team", { given: "${sinkOrgId}", kind: "${type}" });
  new OrgConnection("whole", { sinkOrgId: team.made, connectionTypes: ["logs", team.type] });
`;

it("a sink and a type that aren't known yet pass the preview and arrive on up", async () => {
  const fake = running();
  const stack = await newStack(fake, computed(orgs.hub.id, "audit"));
  expect(await stack.preview()).toMatchObject({ code: 0, changes: { create: 3 } });
  expect(await stack.up()).toMatchObject({ code: 0, changes: { create: 3 } });
  expect(fake.connections).toMatchObject([{ sinkOrgId: orgs.hub.id, types: ["audit", "logs"] }]);

  await stack.write("index.ts", computed(orgs.hub.id, "metrics"));
  expect(await stack.preview()).toMatchObject({ code: 0 });
  expect(await stack.up()).toMatchObject({ code: 0, changes: { update: 2, same: 1 } });
  expect(fake.connections).toMatchObject([{ sinkOrgId: orgs.hub.id, types: ["logs", "metrics"] }]);
});

describe("get", () => {
  const program = (id: string) => `
    import { OrgConnection } from "pulumi-datadog-org-connections";
    const found = OrgConnection.get("found", "${id}");
    export const sink = found.sinkOrgName;
    export const types = found.connectionTypes;
    export const isOne = OrgConnection.isInstance(found);
    export const isNone = OrgConnection.isInstance({});`;

  it("reads a connection that another program manages, and leaves it alone", async () => {
    const fake = running();
    const { id } = fake.connect({ source: orgs.payments, sink: orgs.hub, types: ["logs"] });
    const stack = await newStack(fake, program(id));
    const { code, outputs } = await stack.up();
    expect(code).toBe(0);
    expect(outputs).toEqual({ sink: "Hub", types: ["logs"], isOne: true, isNone: false });
    expect(await stack.destroy()).toMatchObject({ code: 0 });
    expect(fake.requestLines).toEqual(oneList);
    expect(fake.connections).toHaveLength(1);
  });

  it("fails where there is no such connection", async () => {
    const fake = running();
    const id = "1b0c5a52-2f0e-4a0f-9a53-6c1d0c1d7f10";
    const { code, output } = await (await newStack(fake, program(id))).up();
    expect(code).toBe(1);
    expect(output).toContain(
      `Cannot read the org connection ${id}: no connection with this id is visible`,
    );
  });
});

describe("a connection type that comes later", () => {
  const declaring = (...connectionTypes: string[]) =>
    programOf({ hub: { sinkOrgId: orgs.hub.id, connectionTypes } });
  const warning = (type: string) =>
    `warning: connection type "${type}" isn't known to this package`;
  const recordedTypes = async (stack: Stack) =>
    (await recordedConnections(stack)).map(({ inputs, outputs }) => [
      inputs?.["connectionTypes"],
      outputs?.["connectionTypes"],
    ]);

  it("is passed on, with a warning, and stays through update, refresh and drift", async () => {
    const fake = running();
    fake.knownTypes.add("spans").add("traces");
    const stack = await newStack(fake, declaring("logs", "spans"));
    const up = await stack.up();
    expect(up).toMatchObject({ code: 0, changes: { create: 2 } });
    expect(up.output).toContain(warning("spans"));
    expect(fake.connections).toMatchObject([{ types: ["logs", "spans"] }]);

    await stack.write("index.ts", declaring("spans", "traces"));
    const update = await stack.up();
    expect(update).toMatchObject({ code: 0, changes: { update: 1, same: 1 } });
    expect(update.output).toContain(warning("traces"));
    expect(fake.connections).toMatchObject([{ types: ["spans", "traces"] }]);
    expect(await recordedTypes(stack)).toEqual([Array(2).fill(["spans", "traces"])]);

    const detection = { previewOnly: true, expectNoChanges: true };
    expect(await stack.refresh(detection)).toMatchObject({ code: 0 });
    fake.setTypes(fake.connections[0]?.id ?? "", ["spans"]);
    expect(await stack.refresh(detection)).toMatchObject({ code: 7 });
    fake.setTypes(fake.connections[0]?.id ?? "", ["spans", "profiles"]); // known to nobody here
    expect(await stack.refresh()).toMatchObject({ code: 0, changes: { update: 1, same: 1 } });
    expect(await recordedTypes(stack)).toEqual([Array(2).fill(["profiles", "spans"])]);
    expect(await stack.up()).toMatchObject({ code: 0, changes: { update: 1, same: 1 } });
    expect(fake.connections).toMatchObject([{ types: ["spans", "traces"] }]);
  });

  it("is Datadog's to refuse", async () => {
    const fake = running();
    const stack = await newStack(fake, declaring("logs", "spans"));
    const { output } = await stack.preview();
    expect(output).toContain(warning("spans"));
    expect(await stack.up()).toMatchObject({ code: 1 });
    expect(fake.requestLines).toEqual([`POST ${path} 400`]);
    expect(await recordedConnections(stack)).toEqual([]);
  });
});
