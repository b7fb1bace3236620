/**
 * Control and format characters (overrides of the writing direction among them), line and
 * paragraph separators, and halves of surrogate pairs. The joiners that scripts and emoji need
 * are harmless.
 */
const misleading = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** Text of the service's or a user's, with every character shown that could mislead a reader. */
export function visible(text: string): string {
  return text.replace(misleading, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}

/** The same value as JSON that is also a TypeScript literal, and shows what could mislead. */
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
