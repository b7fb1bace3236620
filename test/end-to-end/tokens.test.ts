import { describe, expect, it } from "vitest";
import { orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import { declare, idTo, newStack, recordedByName, writesOf } from "./fixture.ts";
import { ways } from "./ways.ts";

const running = useFakeDatadog();

const to = (sink: { id: string }) => ({ sinkOrgId: sink.id, connectionTypes: ["logs"] });
const tokenOf = (org: string) => ({ DD_BEARER_TOKEN: `token-of-${org}` });

describe.each(ways)("by the $name, with a token and no orgId", (way) => {
  it("connections are imported, adopted, found to be gone and deleted, and another org's token may not", async () => {
    const fake = running();
    fake.addCredentials(orgs.payments, { token: "token-of-payments" });
    fake.addCredentials(orgs.data, { token: "token-of-data" });
    fake.addCredentials(orgs.security, { token: "token-of-security" });
    const types = ["logs"];
    const imported = fake.connect({ source: orgs.payments, sink: orgs.data, types }).id;
    const adopted = fake.connect({ source: orgs.payments, sink: orgs.shop, types }).id;
    const other = fake.addOrg("Other");
    const byCommand = fake.connect({ source: orgs.payments, sink: other, types }).id;
    fake.addCredentials(other, { token: "token-of-other" });
    const env = { DD_HOST: fake.url, ...tokenOf("payments") };
    const declared = {
      imported: { ...to(orgs.data), options: { import: imported } },
      adopted: { ...to(orgs.shop), adoptExisting: true },
      created: to(orgs.hub),
    };
    const stack = await newStack(fake, way.program({ imported: declared.imported }), { env });
    const before = fake.connections;

    const bySink = await stack.up({ env: tokenOf("data") });
    expect(bySink.code).toBe(1);
    expect(bySink.output).toContain(
      `the connection ${imported} has the source org ${orgs.payments.id}, but the credentials ` +
        `belong to the org ${orgs.data.id}. Nothing was changed. Use the credentials of the source org.`,
    );
    expect(await recordedByName(stack)).toEqual({});
    expect(fake.connections).toEqual(before);

    if (way.name === "plugin") {
      const command = ["import", way.type, "byCommand", byCommand, "--yes", "--protect=false"];
      const refused = await stack.pulumi(command, { env: tokenOf("other") });
      expect(refused.code).not.toBe(0);
      expect(refused.output).toContain(
        "Nothing was changed. Use the credentials of the source org.",
      );
      expect(await recordedByName(stack)).toEqual({});
      expect(await stack.pulumi(command)).toMatchObject({ code: 0 });
      expect(await recordedByName(stack)).toMatchObject({ byCommand: { id: byCommand } });
      expect(fake.connections).toEqual(before);
      await stack.pulumi([
        "state",
        "delete",
        `urn:pulumi:test::test::${way.type}::byCommand`,
        "--yes",
      ]);
    }
    fake.remove(byCommand);

    await declare(stack, way, declared);
    expect(await stack.up()).toMatchObject({ code: 0 });
    const created = idTo(fake, orgs.hub);
    expect(await recordedByName(stack)).toMatchObject({
      imported: { id: imported },
      adopted: { id: adopted },
      created: { id: created },
    });
    expect(fake.connections).toHaveLength(3);

    fake.remove(created);
    for (const operation of ["refresh", "destroy"] as const) {
      const { code, output } = await stack[operation]({ env: tokenOf("security") });
      expect(code).toBe(1);
      expect(output).toContain(`they belong to the org ${orgs.security.id}, not to its source`);
    }
    expect(Object.keys(await recordedByName(stack))).toHaveLength(3);
    expect(fake.connections).toHaveLength(2);

    expect(await stack.refresh()).toMatchObject({ code: 0, changes: { delete: 1 } });
    expect(await stack.up()).toMatchObject({ code: 0, changes: { create: 1 } });
    fake.remove(adopted);
    fake.clearRequests();
    expect(await stack.destroy()).toMatchObject({ code: 0 });
    expect(writesOf(fake)).toHaveLength(3);
    expect(fake.connections).toEqual([]);
    expect(await recordedByName(stack)).toEqual({});
    expect(fake.history.join("\n")).not.toContain("/validate");
  });
});
