import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type FakeDatadog, orgs } from "../../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../../support/fake-datadog/vitest.ts";
import { messageOf, newClient, settingsOf } from "../fixture.ts";

const running = useFakeDatadog();
let fake: FakeDatadog;

beforeEach(() => {
  fake = running();
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe("after a POST whose answer was lost, a connection counts as this call's", () => {
  const begun = Date.UTC(2025, 7, 26, 20, 19, 38);

  /** Creates a connection that is dated so many milliseconds before the answer to the look. */
  function createDated(earlier: number): Promise<unknown> {
    vi.spyOn(performance, "now").mockReturnValue(1000); // no time passes during the call
    fake.now = () => begun - earlier;
    fake.fault({ kind: "resetAfter", method: "POST" });
    fake.beforeAnswer = () => {
      fake.now = () => begun;
    };
    return newClient(fake).create(orgs.hub.id, ["logs"]);
  }

  const shortLines = () => fake.requestLines.map((line) => line.replace(/ \S+/, ""));

  it.each([0, 999, 1000])("if it is %d ms older than the call by another clock", async (age) => {
    expect(await createDated(age)).toMatchObject({ connection: { id: fake.connections[0]?.id } });
    expect(shortLines()).toEqual(["POST resetAfter", "GET 200"]);
  });

  it.each([
    ["1001 ms", 1001],
    ["an hour", 3_600_000],
    ["400 days", 400 * 86_400_000],
  ])("but not if it is %s older: somebody else made it", async (_what, age) => {
    expect(await messageOf(createDated(age))).toBe("the two orgs are already connected");
    expect(fake.connections).toHaveLength(1);
  });
});

it("a key may hold every visible character of ASCII, the first and the last too", () => {
  const keys = { DD_API_KEY: "!~", DD_APP_KEY: "~!" };
  expect(settingsOf({}, keys).credentials).toEqual({ apiKey: "!~", appKey: "~!" });
});
