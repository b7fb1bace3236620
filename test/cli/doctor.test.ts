import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { environmentOf } from "../end-to-end/fixture.ts";
import { orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import { list, newFolder, profilesOf, runTool, validate } from "./fixture.ts";

const datadog = useFakeDatadog();

it("reports each org and its connections, and only sends GETs", async () => {
  const fake = datadog();
  fake.connect({ source: orgs.payments, sink: orgs.hub, types: ["logs"] });
  fake.connect({ source: orgs.payments, sink: orgs.shop, types: ["logs"] });
  const env = profilesOf(fake, "hub", "payments");
  const { code, stdout, stderr } = await runTool(["doctor"], { env });
  expect(stdout).toBe(`profile hub
  API          ${fake.url}
  credentials  API key and application key
  org          Hub (${orgs.hub.id})
  connections  0 as source, 1 as sink
  result       ok: the connections can be read

profile payments
  API          ${fake.url}
  credentials  API key and application key
  org          Payments (${orgs.payments.id})
  connections  2 as source, 0 as sink
  result       ok: the connections can be read
`);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(fake.requestLines.sort()).toEqual([list, list, validate, validate]);
});

it("finds the org of a token by its connections", async () => {
  const fake = datadog();
  fake.connect({ source: orgs.payments, sink: orgs.hub, types: ["logs"] });
  fake.connect({ source: orgs.payments, sink: orgs.shop, types: ["logs"] });
  fake.addCredentials(orgs.payments, { token: "ddpat_1" }, "read");
  const env = { DD_HOST: fake.url, DD_BEARER_TOKEN: "ddpat_1" };
  const { code, stdout } = await runTool(["doctor", "--json"], { env });
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual({
    ok: true,
    profiles: [
      {
        profile: null,
        ok: true,
        problem: null,
        apiUrl: fake.url,
        credentials: "token",
        orgId: orgs.payments.id,
        orgName: "Payments",
        connections: 2,
        connectionsAsSource: 2,
        connectionsAsSink: 0,
      },
    ],
  });
  expect(fake.requestLines).toEqual([list]);
});

it("a token is ok even if its org is unknown", async () => {
  const fake = datadog();
  fake.connect({ source: orgs.payments, sink: orgs.hub, types: ["logs"] });
  fake.addCredentials(orgs.payments, { token: "ddpat_1" }, "read");
  const env = { DD_HOST: fake.url, DD_BEARER_TOKEN: "ddpat_1" };
  expect(await runTool(["doctor"], { env })).toMatchObject({
    code: 0,
    stdout: `credentials without a profile
  API          ${fake.url}
  credentials  bearer token
  connections  1
  result       ok: the connections can be read
`,
  });
});

const forbidden = list.replace("200", "403");

describe("reports the first problem and sends nothing more", () => {
  it.each([
    [
      "a key is missing",
      { DD_APP_KEY: "" },
      "Missing Datadog credentials: DD_API_KEY is set, but DD_APP_KEY isn't.",
      [],
    ],
    [
      "the API key is wrong",
      { DD_API_KEY: "wrong" },
      'Cannot validate the API key: Datadog answered 401 Unauthorized ("Unauthorized"). Check the keys, and that they belong to this site.',
      ["GET /api/v2/validate 401"],
    ],
    [
      "the application key is wrong",
      { DD_APP_KEY: "wrong" },
      "The API key is valid, but the org connections could not be listed: Datadog answered 403 Forbidden",
      [validate, forbidden],
    ],
    [
      "the permission is missing",
      { DD_APP_KEY: "no-permission" },
      "The application key or token is wrong, revoked or of another org, or it lacks the org_connections_read permission.",
      [validate, forbidden],
    ],
  ])("%s", async (_what, env, problem, requests) => {
    const fake = datadog();
    const { apiKey } = orgs.payments;
    fake.addCredentials(orgs.payments, { apiKey, appKey: "no-permission" }, "none");
    const { code, stdout } = await runTool(["doctor"], { env: { ...environmentOf(fake), ...env } });
    expect(code).toBe(1);
    expect(stdout).toContain(`  problem      `);
    expect(stdout).toContain(problem);
    expect(fake.requestLines).toEqual(requests);
  });

  const configured = async (profile: string, args: string[] = []) => {
    const cwd = await newFolder();
    const yaml = `config:
  datadog-org-connections:maxRetries: 0
  datadog-org-connections:profiles: { payments: { ${profile} } }
`;
    await writeFile(join(cwd, "Pulumi.dev.yaml"), yaml);
    const env = profilesOf(datadog(), "payments");
    return runTool(["doctor", "--stack-config", "Pulumi.dev.yaml", ...args], { cwd, env });
  };

  it("the keys belong to another org", async () => {
    const { code, stdout } = await configured(`orgId: ${orgs.shop.id}`);
    expect(code).toBe(1);
    expect(stdout).toContain(
      `The org check failed: the credentials of the profile "payments" belong to the org ${orgs.payments.id}, but orgId is ${orgs.shop.id}`,
    );
    expect(datadog().requestLines).toEqual([validate, list]);
  });

  it("nothing is at the address", async () => {
    const { code, stdout } = await configured("apiUrl: http://127.0.0.1:1");
    expect(code).toBe(1);
    expect(stdout).toMatch(/127\.0\.0\.1:1 can't be reached: .* Check the network, the site or/);
  });

  it("something else is at the address", async () => {
    datadog().fault({ kind: "status", status: 403, body: "<html>no</html>" });
    const { code, stdout } = await configured("");
    expect(code).toBe(1);
    expect(stdout).toContain("This isn't an error in Datadog's format. Check the site or apiUrl");
  });
});

it("checks the other profiles if one has a problem", async () => {
  const fake = datadog();
  fake.revoke(orgs.shop.apiKey);
  const env = profilesOf(fake, "payments", "shop");
  const { code, stdout } = await runTool(["doctor", "--json"], { env });
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    ok: false,
    profiles: [
      { profile: "payments", ok: true },
      { profile: "shop", ok: false, credentials: "keys", orgId: null },
    ],
  });
});
