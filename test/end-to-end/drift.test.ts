import { expect, it } from "vitest";
import { orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import {
  detection,
  idTo,
  newStack,
  recordedByName,
  recordedConnections,
  takeRequests,
  takeWrites,
} from "./fixture.ts";
import { argsTo, programOf, providers } from "./providers.ts";

const datadog = useFakeDatadog();

const types = ["logs", "metrics"];
/** Each name says what happens to the connection. */
const declared = {
  renamed: argsTo(orgs.hub, types),
  changed: argsTo(orgs.shop, types),
  deleted: argsTo(orgs.data, types),
  ignored: { ...argsTo(orgs.security, types), options: { ignoreChanges: ["connectionTypes"] } },
};

it.each(providers)(
  "with the $name, drift is found by one request, and repaired or recorded",
  async (provider) => {
    const fake = datadog();
    const found = fake.connect({ source: orgs.data, sink: orgs.payments, types: ["logs"] });
    const read = { get: found.id, sinkOrgId: orgs.payments.id };
    const program = programOf({ ...declared, found: read }, provider);
    const stack = await newStack(fake, program);
    await stack.up();
    const before = await recordedConnections(stack);
    const [changed, deleted, ignored] = [orgs.shop, orgs.data, orgs.security].map((sink) =>
      idTo(fake, sink),
    );
    fake.clearRequests();
    fake.renameOrg(orgs.hub, "Observability"); // isn't drift of what the program manages
    expect(await stack.refresh(detection)).toMatchObject({ code: 0 });
    expect(takeRequests(fake)).toEqual(["Payments: GET list 200"]);

    fake.setTypes(changed ?? "", ["audit", "logs"]);
    fake.setTypes(ignored ?? "", ["audit"]);
    fake.remove(deleted ?? "");
    // Of a dynamic resource, the engine doesn't compare what the program ignores.
    const changes =
      provider.name === "plugin"
        ? { update: 1, delete: 1, same: 4 }
        : { update: 2, delete: 1, same: 3 };
    expect(await stack.refresh(detection)).toMatchObject({ code: 7, changes });
    expect(await recordedConnections(stack)).toEqual(before);

    fake.clearRequests();
    const preview = await stack.preview({ refresh: true, expectNoChanges: true });
    const repair = { update: 1, create: 1, same: 3 };
    expect(preview).toMatchObject({ code: 7, changes: repair });
    expect(preview.output).toMatch(/OrgConnection changed +update/);
    expect(preview.output).toMatch(/OrgConnection deleted +create/);
    // What isn't listed is looked up once more, and only its own orgs can say that it is gone.
    expect(takeRequests(fake)).toEqual([
      "Payments: GET current_user 200",
      "Payments: GET list 200",
      "Payments: GET list of source and sink 200",
    ]);

    expect(await stack.up({ refresh: true })).toMatchObject({ code: 0, changes: repair });
    expect(takeWrites(fake)).toEqual(["Payments: PATCH 200", "Payments: POST 200"]);
    expect(fake.connections.map(({ types }) => types.join()).sort()).toEqual(
      ["audit", "logs", ...Array(3).fill("logs,metrics")].sort(),
    );

    fake.setTypes(changed ?? "", ["audit"]);
    fake.renameOrg(orgs.payments, "Payments Europe"); // of what it only reads, the engine compares all
    const refreshed = await stack.refresh();
    expect(refreshed).toMatchObject({ code: 0, changes: { update: 2, same: 4 } });
    expect(refreshed.output).toMatch(/OrgConnection found +updated/);
    expect(await recordedByName(stack)).toMatchObject({
      changed: {
        inputs: { connectionTypes: ["audit"] },
        outputs: { connectionTypes: ["audit"], sinkOrgName: "Shop" },
      },
      renamed: { outputs: { sinkOrgName: "Observability" } },
    });
  },
);
