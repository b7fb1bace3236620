import { expect, it } from "vitest";
import { providerText } from "../../sdk/provider-text.ts";

it("never changes: it stands in the state of every stack", () => {
  expect(providerText).toBe(
    'exports.handler=require("pulumi-datadog-org-connections/provider").handler',
  );
});

it("has at most 100 bytes: it stands twice in the state for each connection", () => {
  expect(Buffer.byteLength(providerText)).toBeLessThanOrEqual(100);
});
