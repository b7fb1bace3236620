/** Returns `undefined` if the text isn't valid JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * What could mislead a reader, and names in Datadog may have: control and format characters, also
 * bidirectional ones, line separators and lone surrogates; but not the joiners of some scripts and emoji.
 */
export const misleading = /(?:(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}])+/gu;

/** Text on one line, without what could mislead a reader. */
export function printable(text: string): string {
  return text.replace(misleading, " ");
}

/** Text without the user and the password of the addresses in it; the password may contain an @. */
export function withoutUserinfo(text: string): string {
  return text.replace(/\/\/\S*@/g, "//[redacted]@");
}

/** A shorter secret isn't a key, and may be part of a word. */
const shortestLength = 8;

/** Returns a function that removes these secrets from text and JSON, in any case and escaped. */
export function newRedact(secrets: readonly string[]): (text: string) => string {
  const patterns = secrets
    .filter(({ length }) => length >= shortestLength)
    .sort((a, b) => b.length - a.length) // one may be a part of another
    .map((secret) => secret.split("").map(characterPattern).join(""));
  if (patterns.length === 0) return (text) => text;
  const pattern = new RegExp(patterns.join("|"), "gi");
  const redact = (text: string) => text.replace(pattern, "[redacted]");
  return (text) => {
    if (text.search(pattern) < 0) return text;
    try {
      // A replacement in the JSON text itself could begin within an escape sequence.
      const replacer = (_: string, value: unknown) =>
        typeof value === "string" ? redact(value) : value;
      return JSON.stringify(JSON.parse(text), replacer);
    } catch {
      return redact(text);
    }
  };
}

/** Matches a character, also as JSON may escape it: `/`, `\/` or `\u002f`. */
function characterPattern(character: string): string {
  const code = character.charCodeAt(0).toString(16).padStart(4, "0");
  return `(?:\\\\?\\u${code}|\\\\u${code})`;
}
