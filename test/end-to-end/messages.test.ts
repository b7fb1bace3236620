import { expect, it } from "vitest";
import { orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import type { OperationResult } from "../support/harness/stack-options.ts";
import { declare, environmentOf, newStack, profileKeys } from "./fixture.ts";
import { argsTo, programOf, providers } from "./providers.ts";

const datadog = useFakeDatadog();

/** A failure as a user may see it: its message, no stack of ours, no key. */
function expectFailure({ code, output }: OperationResult, ...messages: string[]): void {
  expect(code).toBe(1);
  for (const message of messages) expect(output).toContain(message);
  expect(output).not.toMatch(/^\s+at .*pulumi-datadog-org-connections/m);
  expect(output).not.toContain("undefined");
  for (const { apiKey, appKey } of Object.values(orgs)) {
    expect(output).not.toContain(apiKey);
    expect(output).not.toContain(appKey);
  }
}

/** Unit tests check the text for each bad input, with the dynamic provider and with the plugin. */
it.each(providers)(
  "with the $name, bad input and missing credentials fail in the preview, and what Datadog refuses fails with the remedy",
  async (provider) => {
    const fake = datadog();
    fake.connect({ source: orgs.payments, sink: orgs.shop, types: ["logs"] });
    const keys = (name: string) => ({ apiKey: `${name}-api`, appKey: `${name}-app` });
    fake.addCredentials(orgs.data, keys("readonly"), "read");
    const env = {
      ...environmentOf(fake),
      ...profileKeys({ unknown: keys("unknown"), readonly: keys("readonly"), shop: orgs.shop }),
    };
    const bad = { sinkOrgId: "hub", connectionTypes: [""], profile: "shpo" };
    const stack = await newStack(fake, programOf({ bad }, provider), { env });
    expectFailure(
      await stack.preview(),
      "resource 'bad' has a problem: sinkOrgId isn't a UUID. Set it to the receiving org's UUID.",
      'connectionTypes[0] isn\'t a connection type. Set it to a list of at least one connection type, such as "audit"',
      `resource 'bad' has a problem: there is no credential profile "shpo". Profiles: readonly, shop, unknown. Set `,
    );
    await declare(stack, provider, { hub: argsTo(orgs.hub) });
    expectFailure(
      await stack.preview({ env: { DD_API_KEY: "", DD_APP_KEY: "" } }),
      "Missing Datadog credentials: neither a pair of keys nor a bearer token is set. Set DD_API_KEY and DD_APP_KEY in ",
    );
    expect(fake.requestLines).toEqual([]);

    const nowhere = { id: "11111111-2222-4333-8444-555555555555" };
    await declare(stack, provider, {
      good: argsTo(orgs.hub),
      connected: argsTo(orgs.shop),
      nowhere: argsTo(nowhere),
      unknown: { ...argsTo(orgs.security), profile: "unknown" },
      readonly: { ...argsTo(orgs.payments), profile: "readonly" },
      down: { ...argsTo(orgs.data), profile: "shop" },
    });
    fake.fault({ kind: "status", status: 503, org: "Shop", times: 9 });
    const doing = (sink: { id: string }) => `Cannot create the org connection to ${sink.id}`;
    expectFailure(
      await stack.up({ flags: ["--continue-on-error"] }),
      `${doing(orgs.shop)}: Datadog answered 409 Conflict ("connection between orgs ${orgs.payments.id} and ` +
        `${orgs.shop.id} already exists"). A pair of orgs can have only one connection`,
      `${doing(nowhere)}: Datadog answered 404 Not Found ("Not found"). Datadog can't find the sink org`,
      `${doing(orgs.security)}: Datadog answered 401 Unauthorized ("Unauthorized"). Check the keys`,
      `${doing(orgs.payments)}: Datadog answered 403 Forbidden ("Forbidden"). The application key or ` +
        "token is wrong, revoked or of another org, or it lacks the org_connections_write permission: check " +
        "it in the org's settings.",
      `${doing(orgs.data)}: Datadog answered 503 Service Unavailable. It isn't known whether the ` +
        "connection was created.",
    );
    // Of each creation one request: none is repeated.
    const creations = fake.requests.filter(({ method }) => method === "POST");
    expect(creations.map(({ status }) => status).sort()).toEqual([200, 401, 403, 404, 409, 503]);

    const [, good] = fake.connections;
    fake.revoke(orgs.payments.apiKey);
    expectFailure(
      await stack.destroy(),
      `Cannot delete the org connection ${good?.id}: Datadog answered 401 Unauthorized`,
      "Refresh and destroy use the configuration that the last `pulumi up` recorded",
    );
    expect(fake.connections).toHaveLength(2);
  },
);
