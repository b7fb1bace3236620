import { expect, it } from "vitest";
import { orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import type { OperationResult } from "../support/harness/stack-options.ts";
import {
  declare,
  environmentOf,
  expectNoKeys,
  idTo,
  newStack,
  path,
  profileKeys,
  recordedByName,
  takeRequests,
} from "./fixture.ts";
import { argsTo, programOf, providers } from "./providers.ts";

const datadog = useFakeDatadog();

const toHub = argsTo(orgs.hub);
const toShop = argsTo(orgs.shop, ["logs", "spans"]);
/** The engine doesn't know its sink and one of its types in the preview. */
const computed = {
  profile: "shop",
  sinkOrgId: "${hub.sourceOrgId}",
  connectionTypes: ["logs", "${hub.createdByName}"],
};
const unknownTypeWarning = `connection type "spans" isn't known to this package.`;

/** What the engine repeats at the end, by resource. */
const diagnosticsOf = ({ output }: OperationResult) => output.slice(output.indexOf("Diagnostics:"));

it.each(providers)(
  "with the $name, connections go through their whole lifecycle",
  async (provider) => {
    const fake = datadog();
    // This package doesn't know these types. `Ada` is the value of `${hub.createdByName}`.
    fake.knownTypes.add("spans").add("traces").add(orgs.payments.user.name);
    const found = fake.connect({
      source: orgs.payments,
      sink: fake.addOrg("Other"),
      types: ["logs"],
    });
    const declared = {
      hub: toHub,
      shop: toShop,
      data: argsTo(orgs.data),
      computed,
      found: { get: found.id },
    };
    const stack = await newStack(fake, programOf(declared, provider), {
      env: { ...environmentOf(fake), ...profileKeys({ shop: orgs.shop }) },
    });
    expect(await stack.preview()).toMatchObject({ code: 0, changes: { create: 5 } });
    // Only `found` is read. The plugin can't distinguish this `get` from an import, so it also asks
    // for the identity.
    const identity = provider.name === "plugin" ? ["Payments: GET current_user 200"] : [];
    expect(takeRequests(fake)).toEqual([...identity, "Payments: GET list 200"]);

    const created = await stack.up();
    expect(created).toMatchObject({ code: 0, changes: { create: 5 } });
    expect(takeRequests(fake)).toEqual([
      "Payments: GET current_user 200",
      "Payments: GET list 200",
      ...Array(3).fill("Payments: POST 200"),
      "Shop: GET current_user 200",
      "Shop: POST 200",
    ]);
    expect(diagnosticsOf(created).split("belong to Ada, a person.")).toHaveLength(2); // shown once
    const shownAt = provider.name === "plugin" ? "shop" : "test-test";
    const [, shown] = diagnosticsOf(created).split(`(${shownAt}):\n`);
    expect(shown?.split("\n\n")[0]).toContain(`    warning: ${unknownTypeWarning}`);
    expect(diagnosticsOf(created).split(unknownTypeWarning)).toHaveLength(2);
    const [hub, shop, data] = [orgs.hub, orgs.shop, orgs.data].map((sink) => idTo(fake, sink));
    const computedConnection = fake.connections.find(
      ({ sourceOrgId }) => sourceOrgId === orgs.shop.id,
    );
    expect(computedConnection).toMatchObject({
      sinkOrgId: orgs.payments.id,
      types: ["Ada", "logs"],
    });
    expect(await recordedByName(stack)).toMatchObject({
      hub: {
        type: provider.type,
        id: hub,
        inputs: toHub,
        outputs: {
          ...toHub,
          sinkOrgName: "Hub",
          sourceOrgId: orgs.payments.id,
          sourceOrgName: "Payments",
          createdAt: fake.connections.find(({ id }) => id === hub)?.createdAt,
          createdBy: orgs.payments.user.id,
          createdByName: "Ada",
        },
      },
      shop: { id: shop, outputs: toShop },
      found: { id: found.id, outputs: { sinkOrgName: "Other", connectionTypes: ["logs"] } },
    });

    await declare(stack, provider, {
      hub: { sinkOrgId: orgs.hub.id.toUpperCase(), connectionTypes: ["logs", "logs"] }, // the same
      shop: { ...toShop, connectionTypes: ["audit", "traces"] },
      data: argsTo(orgs.security),
    });
    const changes = { same: 2, update: 1, replace: 1, delete: 1 };
    expect(await stack.preview()).toMatchObject({ code: 0, changes });
    expect(fake.requestLines).toEqual([]);
    expect(await stack.up()).toMatchObject({ code: 0, changes });
    const sent = fake.requestLines;
    expect(sent.indexOf(`DELETE ${path}/${data} 200`)).toBeGreaterThan(
      sent.indexOf(`POST ${path} 200`),
    );
    expect(takeRequests(fake)).toEqual([
      "Payments: DELETE 200",
      "Payments: GET current_user 200", // are the credentials still those of the recorded source?
      "Payments: PATCH 200",
      "Payments: POST 200",
      "Shop: DELETE 200",
    ]);
    expect((await recordedByName(stack))["shop"]).toMatchObject({
      id: shop,
      outputs: { connectionTypes: ["audit", "traces"], sinkOrgName: "Shop", createdByName: "Ada" },
    });

    fake.remove(hub ?? "");
    expect(await stack.destroy()).toMatchObject({ code: 0, changes: { delete: 4 } });
    expect(takeRequests(fake)).toEqual([
      "Payments: DELETE 200",
      "Payments: DELETE 200",
      "Payments: DELETE 404",
      "Payments: GET current_user 200", // those of another org see a 404 too
    ]);
    expect(fake.connections).toEqual([found]); // what is only read stays
    expect(await recordedByName(stack)).toEqual({});
    await expectNoKeys(fake, stack);
  },
);
