import ts from "typescript";
import { placeOf } from "./place.ts";

/**
 * The text of a docblock up to its first tag, in Markdown. What holds only for programs in
 * TypeScript stands below, as `@remarks` or an `@example`.
 *
 * @param title What a message calls the node.
 * @throws Error if the node has no docblock.
 */
export function descriptionOf(node: ts.Node, title: string): string {
  const docblock = ts.getJSDocCommentsAndTags(node).findLast(ts.isJSDoc);
  const text = textOf(docblock?.comment);
  if (text !== "") return text;
  throw new Error(`${placeOf(node)}: ${title} needs a docblock, which becomes its description.`);
}

function textOf(comment: ts.JSDoc["comment"] = ""): string {
  const text = typeof comment === "string" ? comment : comment.map(plain).join("");
  // A docblock breaks its lines where the code ends; an empty line begins another paragraph.
  return text
    .replaceAll("\r", "")
    .replace(/(?<!\n)\n(?!\n)/g, " ")
    .trim();
}

/** `{@link X}` as X, and `{@link X | words}` as the words. */
function plain(part: ts.JSDocComment): string {
  if (part.kind === ts.SyntaxKind.JSDocText) return part.text;
  return part.text.replace(/^\s*\|?\s*/, "") || (part.name?.getText() ?? "");
}
