import { describe, expect, it } from "vitest";
import { orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import {
  currentUser,
  declare,
  detection,
  filteredList,
  idTo,
  newStack,
  oneList,
  path,
  recordedByName,
  recordedConnections,
  writesOf,
} from "./fixture.ts";
import { ways } from "./ways.ts";

const running = useFakeDatadog();

const connectionTypes = ["logs", "metrics"];
/** Each name says what happens to the connection. */
const declared = {
  renamed: { sinkOrgId: orgs.hub.id, connectionTypes },
  changed: { sinkOrgId: orgs.shop.id, connectionTypes },
  deleted: { sinkOrgId: orgs.data.id, connectionTypes },
  ignored: {
    sinkOrgId: orgs.security.id,
    connectionTypes,
    options: { ignoreChanges: ["connectionTypes"] },
  },
};

describe.each(ways)("by the $name", (way) => {
  it("drift is seen by one request, told from failure, repaired or recorded", async () => {
    const fake = running();
    const found = fake.connect({ source: orgs.data, sink: orgs.payments, types: ["logs"] });
    const all = { ...declared, found: { get: found.id, sinkOrgId: orgs.payments.id } };
    const stack = await newStack(fake, way.program(all));
    await stack.up();
    const before = await recordedConnections(stack);
    const [changed, deleted, ignored] = [orgs.shop, orgs.data, orgs.security].map((sink) =>
      idTo(fake, sink),
    );
    fake.clearRequests();

    fake.renameOrg(orgs.hub, "Observability"); // isn't drift of what the program manages
    expect(await stack.preview({ refresh: true, expectNoChanges: true })).toMatchObject({
      code: 0,
    });
    expect(await stack.refresh(detection)).toMatchObject({ code: 0 });
    expect(fake.requestLines).toEqual([...oneList, ...oneList]);

    fake.setTypes(changed ?? "", ["audit", "logs"]);
    fake.setTypes(ignored ?? "", ["audit"]);
    fake.remove(deleted ?? "");
    fake.clearRequests();
    expect(await stack.refresh(detection)).toMatchObject({
      code: 7,
      // Of a dynamic resource, the engine doesn't compare what the program ignores.
      changes:
        way.name === "plugin"
          ? { update: 1, delete: 1, same: 4 }
          : { update: 2, delete: 1, same: 3 },
    });
    fake.fault({ kind: "status", status: 401, body: '{"errors":["Unauthorized"]}' });
    expect(await stack.refresh(detection)).toMatchObject({ code: 1 });
    expect(await recordedConnections(stack)).toEqual(before);

    fake.clearRequests();
    const preview = await stack.preview({ refresh: true, expectNoChanges: true });
    expect(preview).toMatchObject({ code: 7, changes: { update: 1, create: 1, same: 3 } });
    expect(preview.output).toMatch(/OrgConnection changed +update/);
    expect(preview.output).toMatch(/OrgConnection deleted +create/);
    // What isn't listed is looked up once more, and only its own orgs can say that it is gone.
    const lookUp = filteredList(orgs.data, orgs.payments);
    expect(fake.requestLines).toEqual([...oneList, lookUp, currentUser]);

    const other = { ...all, deleted: { ...declared.deleted, connectionTypes: ["audit"] } };
    await declare(stack, way, other);
    const failed = await stack.up();
    expect(failed.code).toBe(1);
    expect(failed.output).toContain(
      `Cannot update the org connection ${deleted}: Datadog answered 404 Not Found`,
    );
    expect(failed.output).toContain("Run `pulumi refresh`");

    fake.clearRequests();
    expect(await stack.up({ refresh: true })).toMatchObject({
      code: 0,
      changes: { update: 1, create: 1, same: 3 },
    });
    expect(writesOf(fake)).toEqual([`PATCH ${path}/${changed} 200`, `POST ${path} 200`]);
    expect(fake.connections.map(({ types }) => types)).toEqual(
      expect.arrayContaining([connectionTypes, connectionTypes, ["audit"], ["audit"]]),
    );

    fake.setTypes(changed ?? "", ["audit"]);
    fake.renameOrg(orgs.payments, "Payments Europe"); // of what it only reads, the engine compares all
    const refreshed = await stack.refresh();
    expect(refreshed).toMatchObject({ code: 0, changes: { update: 2, same: 4 } });
    expect(refreshed.output).toMatch(/OrgConnection found +updated/);
    const recorded = await recordedByName(stack);
    expect(recorded["changed"]).toMatchObject({
      inputs: { connectionTypes: ["audit"] },
      outputs: { connectionTypes: ["audit"], sinkOrgName: "Shop" },
    });
    expect(recorded["renamed"]?.outputs).toMatchObject({ sinkOrgName: "Observability" });
  });
});
