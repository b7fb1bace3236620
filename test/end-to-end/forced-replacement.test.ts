import { describe, expect, it } from "vitest";
import { orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import { declare, newStack, path, recordedByName, writesOf } from "./fixture.ts";
import { type Way, ways } from "./ways.ts";

const running = useFakeDatadog();

/** What has a resource replaced that didn't change. Programs in YAML know no `replacementTrigger`. */
const forces = {
  "dynamic provider": ["replace", "taint", "trigger"],
  plugin: ["replace", "taint"],
} as const satisfies Record<Way["name"], readonly string[]>;

describe.each(ways)("by the $name", (way) => {
  it("a forced replacement with the keys of a service account works if it deletes before, else it changes nothing and says so", async () => {
    const fake = running();
    const robot = fake.addUser(orgs.payments, { name: "Deployer", isServiceAccount: true });
    const keys = { apiKey: orgs.payments.apiKey, appKey: "deployer-app" };
    fake.addCredentials(orgs.payments, keys, "write", { user: robot });
    const names: readonly string[] = forces[way.name];
    /** Two connections for each, which are replaced in one of two orders. */
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
    const stack = await newStack(fake, way.program(program("first")), {
      env: { DD_HOST: fake.url },
    });
    const own = "datadog-org-connections";
    const setKeys = ({ apiKey, appKey }: { apiKey: string; appKey: string }) =>
      stack.setConfig({
        [`${own}:apiKey`]: { value: apiKey, secret: true },
        [`${own}:appKey`]: { value: appKey, secret: true },
      });
    await setKeys(orgs.payments);
    const created = await stack.up();
    expect(created).toMatchObject({ code: 0, changes: { create: 1 + 2 * names.length } });
    expect(created.output).toContain("the credentials belong to Ada, a person.");
    const before = await recordedByName(stack);
    const urns = (start: string) =>
      Object.values(before).flatMap(({ urn }) => (urn.includes(`::${start}`) ? [urn] : []));
    for (const urn of urns("taint")) {
      expect(await stack.pulumi(["state", "taint", urn, "--yes"])).toMatchObject({ code: 0 });
    }
    await declare(stack, way, program("second"));
    await setKeys(keys);
    fake.clearRequests();

    const { code, output } = await stack.up({
      replace: urns("replace"),
      flags: ["--continue-on-error"],
    });
    expect(code).toBe(1);
    expect(output).not.toContain("a person.");
    const after = await recordedByName(stack);
    for (const name of names) {
      expect(after[name]?.id, name).toBe(before[name]?.id);
      const sinkOrgId = String(before[name]?.inputs?.["sinkOrgId"]);
      const message = `Cannot create the org connection to ${sinkOrgId}: .*deleteBeforeReplace: true`;
      expect(output, name).toMatch(new RegExp(message));
      const replaced = `${name}-deleting-before`;
      expect(after[replaced]?.id, name).toEqual(expect.any(String));
      expect(after[replaced]?.id, name).not.toBe(before[replaced]?.id);
    }
    const deleted = names.map((name) => before[`${name}-deleting-before`]?.id);
    expect(writesOf(fake)).toEqual([
      ...deleted.map((id) => `DELETE ${path}/${id} 200`).sort(),
      ...Array(names.length).fill(`POST ${path} 200`),
      ...Array(names.length).fill(`POST ${path} 409`),
    ]);
    expect(fake.connections.map(({ id }) => id).sort()).toEqual(
      Object.values(after)
        .map(({ id }) => id)
        .sort(),
    );

    // With the person's account, Datadog deletes only what wasn't replaced.
    fake.deactivate(orgs.payments.user);
    expect(fake.connections.map(({ createdBy }) => createdBy.name)).toEqual(
      Array(names.length).fill("Deployer"),
    );
    expect(await stack.refresh()).toMatchObject({ code: 0 });
    expect(Object.keys(await recordedByName(stack))).toHaveLength(names.length);
  });
});
