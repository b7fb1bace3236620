import { beforeEach, describe, expect, it } from "vitest";
import { OrgPool } from "../../../provider/org.ts";
import { type FakeDatadog, orgs } from "../../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../../support/fake-datadog/vitest.ts";
import { InstantClock } from "../clock.ts";
import { configOf, newProvider, newSettings } from "../fixture.ts";

const running = useFakeDatadog();
let fake: FakeDatadog;
let warnings: string[];

beforeEach(() => {
  fake = running();
  warnings = [];
});

function reporting() {
  return newProvider(configOf(fake), {
    clock: new InstantClock(),
    report: (severity, message) => warnings.push(`${severity}: ${message}`),
  });
}

const id = "1b0c5a52-2f0e-4a0f-9a53-6c1d0c1d7f10";
const inputs = { sinkOrgId: orgs.hub.id, connectionTypes: ["logs"] };
const recorded = { ...inputs, sourceOrgId: orgs.payments.id };

describe("a type that isn't known", () => {
  const warning = 'warning: connection type "spans" isn\'t known to this package';
  const news = { ...inputs, connectionTypes: ["logs", "spans"] };

  it("is reported once in an operation", async () => {
    const provider = reporting();
    await provider.check({}, news);
    await provider.check({}, news);
    expect(warnings).toEqual([warning]);
  });

  it("isn't reported if the inputs fail anyway", async () => {
    await reporting().check({}, { ...news, sinkOrgId: "hub" });
    expect(warnings).toEqual([]);
  });
});

describe("a wait that Datadog asks for", () => {
  const letWait = (seconds: string) =>
    fake.fault({ kind: "status", status: 429, headers: { "retry-after": seconds } });

  it("is reported once, if a user would notice it", async () => {
    for (const seconds of ["5", "5.001", "60"]) letWait(seconds);
    const warn = (message: string) => warnings.push(message);
    const org = new OrgPool(newSettings(configOf(fake)), { clock: new InstantClock(), warn }).get(
      undefined,
    );
    await org.list();
    expect(warnings).toEqual(["Rate limited by Datadog; retrying in 6 s"]);
  });

  it("is reported as a warning, if it is long", async () => {
    letWait("60");
    await reporting().read(id, recorded);
    expect(warnings).toEqual(["warning: Rate limited by Datadog; retrying in 60 s"]);
  });
});
