/**
 * Control and format characters (including bidirectional overrides), line and paragraph
 * separators, and lone surrogates; but not the joiners that some scripts and emoji need.
 */
const misleading = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** Escapes control and bidirectional characters in untrusted text. */
export function escapeText(text: string): string {
  return text.replace(misleading, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}

/** Renders a value as JSON that is also a TypeScript literal, with the same characters escaped. */
export function literal(value: unknown, indent = 0): string {
  return JSON.stringify(value, undefined, indent).replace(misleading, (character) =>
    character === "\n" ? character : escapedUnits(character),
  );
}

function escapedUnits(character: string): string {
  return character
    .split("")
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .join("");
}
