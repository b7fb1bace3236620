import { describe, expect, it } from "vitest";
import { newRedact, printable } from "../../../provider/api/text.ts";

it("text has no characters that mislead a reader", () => {
  const name = "a\u0000b\u001b[31mc\u202ed\u2066e\nf\u2028g\ufeffh\ud800i\u200dj";
  expect(printable(name)).toBe("a b [31mc d e f g h i\u200dj");
});

describe("a key is redacted", () => {
  /** One is a part of the other, and begins like an escape sequence of JSON. */
  const redact = newRedact(["n0123456", 'n0123456/"\\$']);

  it.each<[string, string, unknown]>([
    ["in a name", '{"name":"x n0123456 y"}', { name: "x [redacted] y" }],
    [
      "in each place",
      '{"a":["n0123456",{"id":"n0123456"}],"b":"n0123456n0123456"}',
      { a: ["[redacted]", { id: "[redacted]" }], b: "[redacted][redacted]" },
    ],
    ["in another case", '{"id":"N0123456"}', { id: "[redacted]" }],
    ["escaped", '{"id":"\\u006e0123456"}', { id: "[redacted]" }],
    [
      "escaped, with what JSON must escape",
      '{"id":"n0123456\\/\\"\\\\\\u0024"}',
      { id: "[redacted]" },
    ],
    ["that contains the other one", '{"id":"n0123456/\\"\\\\$"}', { id: "[redacted]" }],
    ["as the whole answer", '"n0123456"', "[redacted]"],
    [
      "after a line break, which stays valid JSON",
      '{"id":"\\n0123456 n0123456"}',
      { id: "\n0123456 [redacted]" },
    ],
  ])("%s", (_what, json, expected) => {
    expect(JSON.parse(redact(json))).toEqual(expected);
  });

  it("in text that isn't JSON", () => {
    expect(redact("It is \\n0123456")).toBe("It is [redacted]");
  });

  it("in JSON that is nested deeper than it can be written", () => {
    const [open, close] = ["[".repeat(1e5), "]".repeat(1e5)];
    expect(redact(`${open}"n0123456"${close}`)).toBe(`${open}"[redacted]"${close}`);
  });

  it("unless it is short, and may be part of a word", () => {
    expect(newRedact(["12345678", "1234567"])("12345678 and 1234567")).toBe(
      "[redacted] and 1234567",
    );
    expect(newRedact(["1234567"])("1234567")).toBe("1234567");
  });

  it("but nothing else of an answer changes", () => {
    const body = '{ "id": 1.0, "name": "n012345" }';
    expect(redact(body)).toBe(body);
  });
});
