import { describe, expect, it } from "vitest";
import { ask, change, creation, keysOf, list, PATH, send } from "./client.ts";
import { orgs } from "./orgs.ts";
import { drawFrom, randomNumbers } from "./random-numbers.ts";
import { startFakeDatadog } from "./service.ts";
import { useFakeDatadog } from "./vitest.ts";

const { hub, payments, shop } = orgs;
const headers = keysOf(payments);
const running = useFakeDatadog();

const post = (sinkOrgId: string, types = ["logs"]) =>
  ask(running(), { method: "POST", headers, body: creation(sinkOrgId, types) });
const idsListed = async () => (await list(running(), payments)).ids;

describe("answers", () => {
  it("hold neither names nor meta when told", async () => {
    const fake = running();
    fake.answers = { meta: false, names: false };
    const nameless = {
      source_org: { data: { type: "orgs", id: payments.id } },
      sink_org: { data: { type: "orgs", id: hub.id } },
      created_by: { data: { type: "users", id: payments.user.id } },
    };

    expect((await post(hub.id)).json).toMatchObject({ data: { relationships: nameless } });
    const { json } = await ask(fake, { headers });

    expect(JSON.stringify(json)).not.toContain("name");
    expect(json).toEqual({ data: [expect.objectContaining({ relationships: nameless })] });
  });

  it.each([
    [false, undefined],
    [[], {}],
    [["sink_org"], { sink_org: { data: { type: "orgs", id: hub.id, name: "Hub" } } }],
  ] as const)("with relationships %o hold %o", async (relationships, expected) => {
    const fake = running();
    const { id } = fake.connect({ source: payments, sink: hub, types: ["logs"] });
    fake.answers = { relationships };

    const answer = await ask(fake, { headers });
    const patched = await ask(fake, {
      headers,
      method: "PATCH",
      path: `${PATH}/${id}`,
      body: change(id, ["audit"]),
    });

    const [listed] = (answer.json as { data: { relationships?: unknown }[] }).data;
    expect(listed?.relationships).toEqual(expected);
    const named = expected && "sink_org" in expected;
    const { data } = patched.json as { data: { relationships?: unknown } };
    expect(data.relationships).toEqual(
      named ? { sink_org: { data: { type: "orgs", id: hub.id } } } : expected,
    );
  });

  it("end the time of creation in Z when told", async () => {
    const fake = running();
    const createdAt = "2025-08-26T20:19:38.208326+00:00";
    fake.connect({ source: payments, sink: hub, types: ["logs"], createdAt });
    fake.answers = { zulu: true };

    const { json } = await ask(fake, { headers });

    expect(json).toMatchObject({
      data: [{ attributes: { created_at: "2025-08-26T20:19:38.208Z" } }],
    });
  });
});

it("knows a later type from the moment that it is told", async () => {
  expect((await post(hub.id, ["traces"])).status).toBe(400);
  running().knownTypes.add("traces");
  expect((await post(hub.id, ["traces"])).status).toBe(200);
});

it("allows a second connection of a pair when told, and a third when both are gone", async () => {
  const fake = running();
  fake.allowDoubles = true;
  await post(hub.id);
  await post(hub.id);
  fake.connect({ source: payments, sink: hub, types: ["audit"] });
  expect(fake.connections.map(({ types }) => types)).toEqual([["logs"], ["logs"], ["audit"]]);

  fake.allowDoubles = false;
  for (const { id } of fake.connections) {
    expect((await post(hub.id)).status).toBe(409);
    fake.remove(id);
  }
  expect((await post(hub.id)).status).toBe(200);
});

describe("a list", () => {
  it("lags behind each write by so many lists", async () => {
    const fake = running();
    const first = fake.connect({ source: payments, sink: hub, types: ["logs"] });
    fake.listLag = 2;
    const second = fake.connect({ source: payments, sink: shop, types: ["logs"] });
    expect(await idsListed()).toEqual([first.id]);
    fake.remove(first.id);
    expect(await idsListed()).toEqual([first.id]);
    expect(await idsListed()).toEqual([first.id]);
    expect(await idsListed()).toEqual([second.id]);

    fake.setTypes(second.id, ["audit"]);
    expect((await list(fake, payments)).types).toEqual([["logs"]]);
    expect((await post(shop.id)).status).toBe(409);
  });

  it("shows nothing new until it may", async () => {
    const fake = running();
    fake.listLag = Number.POSITIVE_INFINITY;
    await post(hub.id);
    for (let lists = 0; lists < 5; lists += 1) expect(await idsListed()).toEqual([]);
    fake.listLag = 0;
    expect(await idsListed()).toHaveLength(1);
  });
});

describe("requests that are held", () => {
  /** Holds requests until the test lets them go on, by method. */
  function gate() {
    const waiting = new Map<string, () => void>();
    const hold = ({ method }: { method: string }) =>
      new Promise<void>((resolve) => void waiting.set(method, resolve));
    const arrived = (...methods: string[]) =>
      expect.poll(() => [...waiting.keys()].sort()).toEqual(methods);
    return { hold, arrived, release: (method: string) => waiting.get(method)?.() };
  }

  it("are applied in the order in which they are released", async () => {
    const fake = running();
    const { id } = fake.connect({ source: payments, sink: hub, types: ["logs"] });
    const { hold, arrived, release } = gate();
    fake.beforeApply = hold;

    const created = post(hub.id);
    const removed = ask(fake, { method: "DELETE", path: `${PATH}/${id}`, headers });
    await arrived("DELETE", "POST");
    expect(fake.connections.map((one) => one.id)).toEqual([id]);
    release("DELETE");
    expect((await removed).status).toBe(200);
    release("POST");

    expect((await created).status).toBe(200);
  });

  it("are answered in the order in which they are released, and show what was then", async () => {
    const fake = running();
    const { hold, arrived, release } = gate();
    fake.beforeAnswer = hold;

    const listed = idsListed();
    await arrived("GET");
    const created = post(hub.id);
    await arrived("GET", "POST");
    expect(fake.connections).toHaveLength(1);
    release("POST");
    expect((await created).status).toBe(200);
    release("GET");

    expect(await listed).toEqual([]);
  });

  it("tell what they are, and meet their fault when they are released", async () => {
    const fake = running();
    const seen: unknown[] = [];
    fake.beforeApply = (request) => void seen.push(["apply", request]);
    fake.beforeAnswer = (request) => void seen.push(["answer", request]);
    fake.fault({ kind: "status", status: 502 });
    fake.fault({ kind: "resetBefore" });

    expect((await send(fake, { headers })).status).toBe(502);
    await expect(send(fake, { headers })).rejects.toThrow();

    const request = { method: "GET", path: PATH, org: payments, body: undefined };
    const both = [
      ["apply", request],
      ["answer", request],
    ];
    expect(seen).toEqual([...both, ...both]);
  });
});

it("has a clock that dates what is created, and each answer", async () => {
  const fake = running();
  fake.now = () => Date.UTC(2025, 7, 26, 20, 19, 38, 208);

  const response = await send(fake, { method: "POST", headers, body: creation(hub.id, ["logs"]) });

  expect(response.headers.get("date")).toBe("Tue, 26 Aug 2025 20:19:38 GMT");
  expect(fake.connections[0]?.createdAt).toBe("2025-08-26T20:19:38.208000+00:00");
});

describe("latency", () => {
  it("is drawn from the whole range, the same for the same seed", () => {
    const draw = () => {
      const random = randomNumbers(1);
      return Array.from({ length: 1000 }, () => drawFrom([80, 140], random));
    };

    const drawn = draw();

    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(80);
    expect(Math.min(...drawn)).toBeLessThan(81);
    expect(Math.max(...drawn)).toBeGreaterThan(139);
    expect(Math.max(...drawn)).toBeLessThanOrEqual(140);
    expect(draw()).toEqual(drawn);
    expect(drawFrom(7, () => 0.5)).toBe(7);
  });

  it("delays an answer", async () => {
    const fake = await startFakeDatadog({ latencyMs: [20, 30] });
    let applied = 0;
    let answered = 0;
    fake.beforeApply = () => {
      applied = performance.now();
    };
    fake.beforeAnswer = () => {
      answered = performance.now();
    };
    await send(fake, { headers });
    await fake.close();

    expect(answered - applied).toBeGreaterThan(19); // timers may fire a little early
  });
});
