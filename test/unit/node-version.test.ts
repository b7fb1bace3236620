import { afterEach, expect, it } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { listConnections } from "../../provider/listing.ts";
import { assertSupportedNode } from "../../provider/node-version.ts";
import { OrgPool } from "../../provider/org.ts";
import { orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import { configOf, messageOf, newProvider, newSettings, problemOf } from "./fixture.ts";

const datadog = useFakeDatadog();
const { versions } = process;
const use = (changes: object) =>
  Object.defineProperty(process, "versions", { value: { ...versions, ...changes } });

afterEach(() => use({}));

const problem = (node: string, others = {}) =>
  problemOf(() => assertSupportedNode({ ...versions, node, ...others }));

it.each(["22.21.0", "22.30.1", "24.5.0", "24.21.0", "25.0.0", "26.3.0"])(
  "Node.js %s is supported",
  (node) => expect(problem(node)).toBe("nothing was thrown"),
);

it.each(["18.20.8", "20.20.2", "22.20.9", "23.11.1", "24.4.1"])(
  "Node.js %s isn't, and the message says what is",
  (node) =>
    expect(problem(node)).toBe(
      "Unsupported version of Node.js: this package needs Node.js 22.21 or a later 22, or Node.js 24.5 " +
        `or later, but runs with ${node}. Install a newer version.`,
    ),
);

it("what Bun and Deno name as their Node.js doesn't count", () => {
  expect(problem("22.6.0", { bun: "1.3.0" })).toBe("nothing was thrown");
  expect(problem("22.6.0", { deno: "2.2.0" })).toBe("nothing was thrown");
});

it("package.json names the same versions", () => {
  expect(manifest.engines.node).toBe(">=22.21 <23 || >=24.5");
});

it("every use of the package checks it, before anything is sent", async () => {
  const fake = datadog();
  use({ node: "20.20.2" });
  const config = configOf(fake);
  const inputs = { sinkOrgId: orgs.hub.id, connectionTypes: ["logs"] };
  expect(await newProvider(config).check({}, inputs)).toMatchObject({
    failures: [
      { property: "", reason: expect.stringMatching(/^Unsupported version of Node\.js: /) },
    ],
  });
  expect(await messageOf(listConnections(new OrgPool(newSettings(config))))).toContain(
    "but runs with 20.20.2",
  );
  expect(fake.requests).toEqual([]);
});
