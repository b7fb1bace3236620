import { expect, it } from "vitest";
import { orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import { declare, idTo, newStack, recordedByName, takeRequests, takeWrites } from "./fixture.ts";
import { argsTo, programOf, providers } from "./providers.ts";

const datadog = useFakeDatadog();

const unknownId = "1b0c5a52-2f0e-4a0f-9a53-6c1d0c1d7f10";

it.each(providers)(
  "with the $name, connections are imported with one list, adopted with a refused POST and one list each, and stay without the options; nothing else is taken over",
  async (provider) => {
    const fake = datadog();
    const connect = (sink: { id: string }, ...types: string[]) =>
      fake.connect({ source: orgs.payments, sink, types }).id;
    const imported = connect(orgs.hub, "logs", "audit");
    const adopted = connect(orgs.shop, "logs");
    const changed = connect(orgs.data, "logs");
    const adoptExisting = true;
    // With the plugin, the engine updates what it has imported.
    const isPlugin = provider.name === "plugin";
    const importedTypes = isPlugin ? ["metrics"] : ["audit", "logs"];
    const declared = {
      imported: { ...argsTo(orgs.hub, importedTypes), options: { import: imported } },
      adopted: { ...argsTo(orgs.shop), adoptExisting },
      changed: { ...argsTo(orgs.data, ["metrics"]), adoptExisting },
      created: { ...argsTo(orgs.security), adoptExisting },
    };
    const stack = await newStack(fake, programOf(declared, provider));
    const { code, changes } = await stack.up();
    const { create = 0, import: imports = 0 } = changes;
    expect({ code, sum: create + imports }).toEqual({ code: 0, sum: 5 });
    expect(takeRequests(fake)).toEqual([
      "Payments: GET current_user 200",
      "Payments: GET list 200",
      "Payments: GET list of sink 200",
      "Payments: GET list of sink 200",
      "Payments: PATCH 200",
      ...(isPlugin ? ["Payments: PATCH 200"] : []),
      "Payments: POST 200",
      "Payments: POST 409",
      "Payments: POST 409",
    ]);
    expect(await recordedByName(stack)).toMatchObject({
      imported: {
        id: imported,
        outputs: { connectionTypes: importedTypes, sinkOrgName: "Hub" },
      },
      adopted: { id: adopted, outputs: { sinkOrgName: "Shop" } },
      changed: { id: changed, outputs: { connectionTypes: ["metrics"], createdByName: "Ada" } },
      created: { id: idTo(fake, orgs.security) },
    });

    const withoutOptions = {
      imported: argsTo(orgs.hub),
      adopted: argsTo(orgs.shop),
      changed: argsTo(orgs.data, ["metrics"]),
      created: argsTo(orgs.security),
    };
    await declare(stack, provider, withoutOptions);
    expect(await stack.up({ refresh: true })).toMatchObject({
      code: 0,
      changes: { update: 1, same: 4 },
    });
    expect(takeRequests(fake)).toEqual(["Payments: GET list 200", "Payments: PATCH 200"]);

    await declare(stack, provider, { ...withoutOptions, twin: withoutOptions.adopted });
    const refused = await stack.up();
    expect(refused.code).toBe(1);
    // Which one depends on which of the two resources comes first.
    expect(refused.output).toMatch(
      /the program (declares the connection to .* twice|has two resources for the connection)|already exists/,
    );
    expect(fake.connections).toHaveLength(4);

    // What isn't as declared, or isn't asked for, isn't taken over.
    const unasked = fake.addOrg("Unasked");
    connect(unasked, "logs");
    await declare(stack, provider, {
      ...withoutOptions,
      different: {
        ...argsTo(fake.addOrg("Declared"), ["metrics"]),
        options: { import: connect(fake.addOrg("Connected"), "logs") },
      },
      missing: { ...argsTo(fake.addOrg("Missing"), ["metrics"]), options: { import: unknownId } },
      unasked: argsTo(unasked),
    });
    fake.clearRequests();
    const before = fake.connections;
    expect(await stack.up({ flags: ["--continue-on-error"] })).toMatchObject({ code: 1 });
    expect(fake.connections).toEqual(before);
    expect(takeWrites(fake)).toEqual(["Payments: POST 409"]);
    // The engine records what it imports before it compares.
    const recorded = Object.keys(await recordedByName(stack));
    const different = isPlugin ? ["different"] : [];
    expect(recorded.sort()).toEqual([...Object.keys(withoutOptions), ...different].sort());
  },
);
