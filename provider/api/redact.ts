/** Removes secrets from text. */
export type Redact = (text: string) => string;

/** A shorter secret isn't a key, and may be part of a word. */
const shortestLength = 8;

/** Removes these secrets from text and from JSON, in any case and with any characters escaped. */
export function newRedact(secrets: readonly string[]): Redact {
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
