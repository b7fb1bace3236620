import { describe, expect, it } from "vitest";
import { orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import { declare, newStack, path, recordedByName, writesOf } from "./fixture.ts";
import { ways } from "./ways.ts";

const running = useFakeDatadog();

/** Each way to have a resource replaced that didn't change. */
const names = ["replace", "taint", "trigger"] as const;

describe.each(ways)("by the $name", (way) => {
  it("a forced replacement works if it deletes before, else it changes nothing and says so", async () => {
    const fake = running();
    /** Six connections: each forced in one way, and replaced in one of two orders. */
    const program = (replacementTrigger: string) => {
      const sinks = names.flatMap((name) => [`${name}`, `${name}-deleting-before`]);
      return Object.fromEntries(
        sinks.map((name) => {
          const sink = fake.orgs.find((org) => org.name === name) ?? fake.addOrg(name);
          const options = {
            ...(name.endsWith("before") && { deleteBeforeReplace: true }),
            ...(name.startsWith("trigger") && { replacementTrigger }),
          };
          return [name, { sinkOrgId: sink.id, connectionTypes: ["logs"], options }];
        }),
      );
    };
    const stack = await newStack(fake, way.program(program("first")));
    expect(await stack.up()).toMatchObject({ code: 0, changes: { create: 7 } });
    const before = await recordedByName(stack);
    const urns = (start: string) =>
      Object.values(before).flatMap(({ urn }) => (urn.includes(`::${start}`) ? [urn] : []));
    for (const urn of urns("taint")) {
      expect(await stack.pulumi(["state", "taint", urn, "--yes"])).toMatchObject({ code: 0 });
    }
    await declare(stack, way, program("second"));
    fake.clearRequests();

    const { code, output } = await stack.up({
      replace: urns("replace"),
      flags: ["--continue-on-error"],
    });
    expect(code).toBe(1);
    const after = await recordedByName(stack);
    for (const name of names) {
      expect(after[name]?.id, name).toBe(before[name]?.id);
      const sinkOrgId = String(before[name]?.inputs?.["sinkOrgId"]);
      const message = `Cannot create the org connection to ${sinkOrgId}: Datadog answered 409`;
      expect(output, name).toContain(message);
      const replaced = `${name}-deleting-before`;
      expect(after[replaced]?.id, name).toEqual(expect.any(String));
      expect(after[replaced]?.id, name).not.toBe(before[replaced]?.id);
    }
    expect(output).toContain("set its option `deleteBeforeReplace: true`");
    const deleted = names.map((name) => before[`${name}-deleting-before`]?.id);
    expect(writesOf(fake)).toEqual([
      ...deleted.map((id) => `DELETE ${path}/${id} 200`).sort(),
      ...Array(3).fill(`POST ${path} 200`),
      ...Array(3).fill(`POST ${path} 409`),
    ]);
    expect(fake.connections.map(({ id }) => id).sort()).toEqual(
      Object.values(after)
        .map(({ id }) => id)
        .sort(),
    );
  });
});
