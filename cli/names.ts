/** Returns what makes names unique: it appends a number to a name that was already taken. */
export function uniqueNames(separator: string): (wanted: string) => string {
  const taken = new Set<string>();
  const lastNumbers = new Map<string, number>(); // 100,000 equal names take no longer than others
  return (wanted) => {
    let name = wanted;
    let number = lastNumbers.get(wanted) ?? 1;
    while (taken.has(name)) {
      number += 1;
      name = `${wanted}${separator}${number}`;
    }
    lastNumbers.set(wanted, number);
    taken.add(name);
    return name;
  };
}

/** Returns a short name for an org; from its id if the name has no Latin letters. */
export function orgSlug(
  { name = "", id = "" }: { readonly name?: string | undefined; readonly id?: string | undefined },
  separator: string,
): string {
  return slug(name, separator) || slug(id, separator).slice(0, 8) || "unknown";
}

/** Converts text to lower-case letters and digits, with `separator` between the words. */
function slug(text: string, separator: string): string {
  return text
    .slice(0, 200)
    .normalize("NFKD")
    .replace(/\p{M}/gu, "") // é becomes e
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, " ")
    .slice(0, 60)
    .trim()
    .replaceAll(" ", separator);
}
