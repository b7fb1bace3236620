import { expect, it } from "vitest";
import { oldestFirst } from "../../cli/list.ts";
import { takeRequests } from "../end-to-end/fixture.ts";
import { orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import { connect, environmentOf, profilesOf, runJson, runTool } from "./fixture.ts";

const datadog = useFakeDatadog();

it("shows the connections of the keys' org as an aligned table, oldest first", async () => {
  const toHub = connect(datadog(), "payments", "hub", ["metrics", "logs"]);
  const fromShop = connect(datadog(), "shop", "payments", ["audit"]);
  connect(datadog(), "shop", "hub", ["audit"]);
  const day = toHub.createdAt.slice(0, 10);
  expect(await runTool(["list"], { env: environmentOf(datadog()) })).toEqual({
    code: 0,
    stdout: [
      "SOURCE    SINK      TYPES          CREATED     ID",
      `Payments  Hub       logs, metrics  ${day}  ${toHub.id}`,
      `Shop      Payments  audit          ${day}  ${fromShop.id}`,
      "",
    ].join("\n"),
    stderr: "",
  });
  expect(takeRequests(datadog())).toEqual(["Payments: GET list 200"]);
});

it("queries all profiles, and shows a connection between two of them once, as JSON", async () => {
  const { id } = connect(datadog(), "payments", "hub");
  connect(datadog(), "shop", "hub", ["audit"]);
  const env = { ...environmentOf(datadog()), ...profilesOf(datadog(), "hub", "payments") };
  const { connections } = (await runJson(["list"], { env })).json;
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
  expect(takeRequests(datadog())).toEqual(["Hub: GET list 200", "Payments: GET list 200"]);
});

it("queries only the profiles named by --profile, each once in any spelling", async () => {
  const env = profilesOf(datadog(), "hub", "payments", "shop");
  const args = ["list", "--profile", "shop", "hub", "Shop", "SHOP"];
  const { code, stdout } = await runTool(args, { env });
  expect({ code, stdout }).toEqual({ code: 0, stdout: "There are no org connections.\n" });
  expect(takeRequests(datadog())).toEqual(["Hub: GET list 200", "Shop: GET list 200"]);
});

it("aligns wide characters, and escapes control characters", async () => {
  const names = ["検索チーム", "a\u001b[2Jb\nc", "\u202egnp.exe", "👨‍👩‍👧", "❤️ 한글", "e\u0301ｱ"];
  for (const name of names) {
    const sink = datadog().addOrg(name);
    datadog().connect({ source: orgs.payments, sink, types: ["logs"] });
  }
  const { code, stdout } = await runTool(["list"], { env: environmentOf(datadog()) });
  expect(code).toBe(0);
  const lines = stdout.split("\n").slice(1, -1);
  expect(lines.map((line) => /^Payments {2}(.*) {2}logs/.exec(line)?.[1])).toEqual([
    "検索チーム       ",
    "a\\u{1b}[2Jb\\u{a}c",
    "\\u{202e}gnp.exe  ",
    "👨‍👩‍👧               ",
    "❤️ 한글          ",
    "e\u0301ｱ               ",
  ]);
});

it("sorts by time, in any time zone; connections without a valid time come first, by id", () => {
  const sorted = [
    "a",
    "b",
    "2025-08-26T20:00:00.000001+00:00",
    "2025-08-26T20:00:00.000002+00:00",
    "2025-08-26T22:00:00.001000+02:00",
    "2025-08-26T19:00:01-01:00",
    "2025-08-26T20:00:02Z",
  ];
  const connections = sorted.map((id) => ({
    ...{ id, connectionTypes: [], createdAt: id.length === 1 ? "?" : id },
  }));
  expect(connections.toReversed().sort(oldestFirst)).toEqual(connections);
});
