import { expect, it } from "vitest";
import { orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import { declare, newStack, recordedByName, takeWrites } from "./fixture.ts";
import { argsTo, programOf, providers } from "./providers.ts";

const datadog = useFakeDatadog();

/** Datadog names the org of a token, so no `orgId` is set. */
const tokenOf = (org: string) => ({ DD_BEARER_TOKEN: `token-of-${org}` });

it.each(providers)(
  "with the $name, a token imports, adopts and finds what is gone, and another org's token forgets, changes and deletes nothing",
  async (provider) => {
    const fake = datadog();
    fake.addCredentials(orgs.payments, { token: "token-of-payments" });
    fake.addCredentials(orgs.security, { token: "token-of-security" });
    const connect = (sink: { id: string }) =>
      fake.connect({ source: orgs.payments, sink, types: ["logs"] }).id;
    const imported = connect(orgs.data);
    const adopted = connect(orgs.shop);
    const env = { DD_HOST: fake.url, ...tokenOf("payments") };
    const declared = {
      imported: { ...argsTo(orgs.data), options: { import: imported } },
      adopted: { ...argsTo(orgs.shop), adoptExisting: true },
    };
    const stack = await newStack(fake, programOf(declared, provider), { env });
    const before = fake.connections;
    expect(await stack.up()).toMatchObject({ code: 0 });
    const recorded = { imported: { id: imported }, adopted: { id: adopted } };
    expect(await recordedByName(stack)).toMatchObject(recorded);
    expect(fake.connections).toEqual(before);

    const stranger = { env: tokenOf("security") };
    await declare(stack, provider, { imported: argsTo(orgs.data, ["audit"]) });
    const notListed =
      "Datadog doesn't list the connection for the credentials: they belong to the org " +
      `${orgs.security.id}, not to its source ${orgs.payments.id} or its sink`;
    for (const [run, message] of [
      [() => stack.refresh(stranger), notListed],
      [() => stack.destroy(stranger), notListed],
      [
        () => stack.up(stranger),
        `Cannot update the org connection ${imported}: Datadog answered 404`,
      ],
    ] as const) {
      const { code, output } = await run();
      expect(code).toBe(1);
      expect(output).toContain(message);
    }
    expect(fake.connections).toEqual(before);
    expect(await recordedByName(stack)).toMatchObject(recorded);

    fake.remove(adopted);
    fake.clearRequests();
    expect(await stack.refresh()).toMatchObject({ code: 0, changes: { delete: 1 } });
    expect(await stack.destroy()).toMatchObject({ code: 0 });
    expect(takeWrites(fake)).toHaveLength(1);
    expect(fake.connections).toEqual([]);
    expect(fake.history.join("\n")).not.toContain("/validate");
  },
);
