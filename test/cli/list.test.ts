import { expect, it } from "vitest";
import { environmentOf } from "../end-to-end/fixture.ts";
import { orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import { connectMany, list, profilesOf, runTool } from "./fixture.ts";

const datadog = useFakeDatadog();

it("shows the connections of the keys' org as an aligned table, oldest first", async () => {
  const fake = datadog();
  const toHub = fake.connect({ source: orgs.payments, sink: orgs.hub, types: ["metrics", "logs"] });
  const fromShop = fake.connect({ source: orgs.shop, sink: orgs.payments, types: ["audit"] });
  fake.connect({ source: orgs.shop, sink: orgs.hub, types: ["audit"] });
  const day = toHub.createdAt.slice(0, 10);

  const { code, stdout, stderr } = await runTool(["list"], { env: environmentOf(fake) });
  expect(stdout).toBe(
    [
      "SOURCE    SINK      TYPES          CREATED     ID",
      `Payments  Hub       logs, metrics  ${day}  ${toHub.id}`,
      `Shop      Payments  audit          ${day}  ${fromShop.id}`,
      "",
    ].join("\n"),
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(fake.requestLines).toEqual([list]);
});

it("queries all profiles, and shows a connection between two of them once", async () => {
  const fake = datadog();
  const { id } = fake.connect({ source: orgs.payments, sink: orgs.hub, types: ["logs"] });
  fake.connect({ source: orgs.shop, sink: orgs.hub, types: ["audit"] });
  const env = { ...environmentOf(fake), ...profilesOf(fake, "hub", "payments") };

  const { code, stdout } = await runTool(["list", "--json"], { env });
  expect(code).toBe(0);
  const { connections } = JSON.parse(stdout);
  expect(connections).toHaveLength(2);
  expect(connections[0]).toEqual({
    id,
    sourceOrgId: orgs.payments.id,
    sourceOrgName: "Payments",
    sinkOrgId: orgs.hub.id,
    sinkOrgName: "Hub",
    connectionTypes: ["logs"],
    createdAt: expect.any(String),
    createdBy: orgs.payments.user.id,
    createdByName: "Ada",
  });
  expect(fake.requests.map(({ org }) => org).sort()).toEqual(["Hub", "Payments"]);
});

it("queries only the profiles named by --profile", async () => {
  const fake = datadog();
  const env = profilesOf(fake, "hub", "payments", "shop");
  const { code, stdout } = await runTool(["list", "--profile", "shop", "hub"], { env });
  expect({ code, stdout }).toEqual({ code: 0, stdout: "There are no org connections.\n" });
  expect(fake.requests.map(({ org }) => org).sort()).toEqual(["Hub", "Shop"]);
});

it("treats spellings of a profile's name as one profile", async () => {
  const fake = datadog();
  const env = profilesOf(fake, "hub", "shop");
  const { code } = await runTool(["list", "--profile", "Shop", "shop", "SHOP"], { env });
  expect(code).toBe(0);
  expect(fake.requestLines).toEqual([list]);
});

it("reads 1,200 connections from two pages", async () => {
  const fake = datadog();
  connectMany(fake, 1200);
  const { code, stdout } = await runTool(["list"], { env: environmentOf(fake) });
  expect(code).toBe(0);
  const ids = stdout
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => line.split(/ +/).at(-1));
  expect(ids.sort()).toEqual(fake.connections.map(({ id }) => id).sort());
  expect(fake.requestLines).toEqual([
    list,
    "GET /api/v2/org_connections?limit=1000&offset=1000 200",
  ]);
});

it("aligns wide characters, and escapes control characters", async () => {
  const fake = datadog();
  const names = ["検索チーム", "a\u001b[2Jb\nc", "\u202egnp.exe", "👨‍👩‍👧", "❤️ 한글", "e\u0301ｱ"];
  for (const name of names) {
    fake.connect({ source: orgs.payments, sink: fake.addOrg(name), types: ["logs"] });
  }
  const { code, stdout } = await runTool(["list"], { env: environmentOf(fake) });
  expect(code).toBe(0);
  const cells = stdout
    .split("\n")
    .slice(1, -1)
    .map((line) => /^Payments {2}(.*) {2}logs/.exec(line)?.[1]);
  expect(cells).toEqual([
    "検索チーム       ",
    "a\\u{1b}[2Jb\\u{a}c",
    "\\u{202e}gnp.exe  ",
    "👨‍👩‍👧               ",
    "❤️ 한글          ",
    "e\u0301ｱ               ",
  ]);
});

it.each(["list", "graph", "import"])(
  "%s leaves out an entry whose id isn't a UUID, and says so",
  async (command) => {
    const fake = datadog();
    const { id } = fake.connect({ source: orgs.payments, sink: orgs.hub, types: ["logs"] });
    const { sourceOrgId, sinkOrgId, createdAt } = fake.connections[0] ?? {};
    const entry = (connectionId: string) => ({
      type: "org_connection",
      id: connectionId,
      attributes: { connection_types: ["logs"], created_at: createdAt },
      relationships: {
        source_org: { data: { id: sourceOrgId, name: "Payments" } },
        sink_org: { data: { id: sinkOrgId, name: "Hub" } },
      },
    });
    const meta = { page: { total_filtered_count: 2 } };
    const body = JSON.stringify({ data: [entry("../\u001b[2J"), entry(id)], meta });
    fake.fault({ kind: "status", path: "org_connections", status: 200, body });
    const { code, stdout, stderr } = await runTool([command, "--json"], {
      env: environmentOf(fake),
    });
    expect(code).toBe(0);
    expect(JSON.parse(stdout).connections).toHaveLength(1);
    expect(stderr).toContain("Datadog's list has an entry, number 0, that isn't what its API");
  },
);

it("reports every failed profile on one line, and prints no partial list", async () => {
  const fake = datadog();
  fake.revoke(orgs.shop.appKey);
  fake.revoke(orgs.hub.apiKey);
  const env = profilesOf(fake, "hub", "payments", "shop");
  const { code, stdout, stderr } = await runTool(["list"], { env });
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr.trim().split("\n")).toEqual([
    'error: Cannot list the org connections of the profile "hub": Datadog answered 401 Unauthorized' +
      ' ("Unauthorized"). Check the keys, and that they belong to this site.',
    'error: Cannot list the org connections of the profile "shop": Datadog answered 403 Forbidden' +
      ` ("Forbidden"). The application key or token is wrong, revoked or of another org, or it lacks the org_connections_read permission: check it in the org's settings.`,
  ]);
});
