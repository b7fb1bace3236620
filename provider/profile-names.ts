import { UserError } from "./errors";

/**
 * Returns the one spelling of a profile's name: lower case, with `-` for `_`.
 *
 * @throws UserError with this action, if it isn't a valid name.
 */
export function canonicalProfile(name: string, action?: string): string {
  if (/^[a-z][\w-]*$/i.test(name)) return name.toLowerCase().replaceAll("_", "-");
  const problem =
    `${shownName(name)} isn't a valid name of a credential profile. Use the letters a to z, ` +
    "digits, - and _, beginning with a letter.";
  throw new UserError(problem, action);
}

/** A name in quotes; only its length if it looks like a key, put there by mistake. */
export function shownName(name: string): string {
  return looksLikeKey(name) ? shownKey(name) : JSON.stringify(name);
}

/** A part of a setting's name, unless it looks like a key. */
export function shownKey(name: string): string {
  return looksLikeKey(name) ? `(a text of ${name.length} characters)` : name;
}

/** Whether a text may be a key or a token. */
export function looksLikeKey(text: string): boolean {
  return text.length > 60 || /[a-z\d]{24}/i.test(text);
}
