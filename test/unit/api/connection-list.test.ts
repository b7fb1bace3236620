import { describe, expect, it } from "vitest";
import { readPages } from "../../../provider/api/connection-list.ts";
import type { Page } from "../../../provider/api/wire.ts";
import { orgs, startFakeDatadog } from "../../support/fake-datadog/index.ts";
import { InstantClock } from "../clock.ts";
import { messageOf, newClient } from "../fixture.ts";

/** A page of connections with these ids; `!` is a malformed entry. */
function page(ids: string, total?: number): Page {
  const entries = [...ids];
  const isMalformed = (id: string) => id === "!";
  return {
    connections: entries
      .filter((id) => !isMalformed(id))
      .map((id) => ({ id, connectionTypes: ["logs"], createdAt: "2025-08-26T20:19:38Z" })),
    malformed: entries.filter(isMalformed).map(() => "Datadog's list has an entry that is wrong"),
    total,
  };
}

/** Reads a list of these pages. */
async function read(pages: readonly Page[]) {
  const offsets: number[] = [];
  const list = await readPages(async (offset) => {
    offsets.push(offset);
    return pages[offsets.length - 1] ?? page("");
  });
  const [malformed, doubt] = [list.malformed?.message, list.doubt?.message];
  return { ids: [...list.keys()].join(""), malformed, doubt, offsets };
}

const uncounted = "Datadog's list doesn't say how many connections it has";
const wrong = "Datadog's list has an entry that is wrong";

it.each<[string, Page[], { ids: string; malformed?: string; doubt?: string; offsets: number[] }]>([
  ["is empty", [page("", 0)], { ids: "", offsets: [0] }],
  ["has one page", [page("ab", 2)], { ids: "ab", offsets: [0] }],
  [
    "has three pages",
    [page("ab", 5), page("cd", 5), page("e", 5)],
    { ids: "abcde", offsets: [0, 2, 4] },
  ],
  [
    "has no count",
    [page("ab"), page("c"), page("")],
    { ids: "abc", doubt: uncounted, offsets: [0, 2, 3] },
  ],
  ["is empty and has no count", [page("")], { ids: "", doubt: uncounted, offsets: [0] }],
  [
    "repeats a page and has no count",
    [page("ab"), page("ab")],
    { ids: "ab", doubt: uncounted, offsets: [0, 2] },
  ],
  [
    "has a malformed entry",
    [page("a!", 3), page("c", 3)],
    { ids: "ac", malformed: wrong, doubt: wrong, offsets: [0, 2] },
  ],
])("a list that %s", async (_what, pages, expected) => {
  expect(await read(pages)).toEqual(expected);
});

it.each<[string, Page[], string]>([
  [
    "ends before its own count",
    [page("ab", 3), page("", 3)],
    "is incomplete: it has 2 of 3 connections",
  ],
  [
    "repeats a connection, so that another is missing",
    [page("ab", 3), page("b", 3)],
    "is incomplete: it has 2 of 3 connections",
  ],
  [
    "changes between two pages",
    [page("ab", 3), page("cd", 4)],
    "changed while it was read, from 3 to 4 connections",
  ],
])("a list that %s is refused", async (_what, pages, message) => {
  expect(await messageOf(read(pages))).toBe(`Datadog's list ${message}`);
});

describe("a list that doesn't end is refused", () => {
  const endless = (onPage = () => {}) => {
    let read = 0;
    return async (): Promise<Page> => {
      onPage();
      read += 1;
      const connection = { id: String(read), connectionTypes: [], createdAt: "" };
      return { connections: [connection], malformed: [], total: undefined };
    };
  };

  it("after 1,000 pages", async () => {
    expect(await messageOf(readPages(endless()))).toBe(
      "Datadog's list doesn't end: 1000 connections were read",
    );
  });

  it("after ten minutes", async () => {
    const clock = new InstantClock();
    const slow = endless(() => void clock.wait(60));
    expect(await messageOf(readPages(slow, clock))).toBe(
      "Datadog's list doesn't end: 10 connections were read",
    );
  });
});

it("a list of the service goes on if a page is shorter than asked for, and begins again if it changes", async () => {
  const small = await startFakeDatadog({ maxPageSize: 2 });
  const sinks = Array.from({ length: 5 }, (_, index) => small.addOrg(`Sink ${index}`));
  const ids = sinks.map(
    (sink) => small.connect({ source: orgs.payments, sink, types: ["logs"] }).id,
  );
  small.beforeApply = async ({ path }) => {
    if (!path.includes("offset=2")) return;
    small.beforeApply = undefined;
    small.remove(ids[0] ?? "");
  };
  expect([...(await newClient(small).list()).keys()]).toEqual(ids.slice(1));
  const query = (offset: number) => `/api/v2/org_connections?limit=1000&offset=${offset}`;
  expect(small.requests.map(({ path }) => path)).toEqual([0, 2, 0, 2].map(query));
  await small.close();
});
