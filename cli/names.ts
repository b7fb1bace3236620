import { cut } from "./output";

/** Converts text to lower-case letters and digits, with `separator` between the words. */
function slug(text: string, separator: string): string {
  return cut(text)
    .normalize("NFKD")
    .replace(/\p{M}/gu, "") // é becomes e
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, " ")
    .slice(0, 60)
    .trim()
    .replaceAll(" ", separator);
}

/** Makes names unique by appending a number to names already in use. */
export class UniqueNames {
  readonly #taken = new Set<string>();
  /** The last number that was appended to a name. */
  readonly #numbers = new Map<string, number>();
  readonly #separator: string;

  constructor(separator: string) {
    this.#separator = separator;
  }

  take(wanted: string): string {
    let name = wanted;
    let number = this.#numbers.get(wanted) ?? 1;
    while (this.#taken.has(name)) {
      number += 1;
      name = `${wanted}${this.#separator}${number}`;
    }
    this.#numbers.set(wanted, number);
    this.#taken.add(name);
    return name;
  }
}

/** Returns a short name for an org; from its id if the name has no Latin letters. */
export function orgSlug(
  { id = "", name = "" }: { id?: string | undefined; name?: string | undefined },
  separator: string,
): string {
  return slug(name, separator) || slug(id, separator).slice(0, 8) || "unknown";
}
