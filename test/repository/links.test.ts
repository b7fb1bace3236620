import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { type Document, proseOf, readDocuments } from "./documents.ts";

const documents = await readDocuments();

it.each(documents)("what $path links to is there", (document) => {
  const broken = linksOf(document).filter((link) => !isThere(document, link));
  expect(broken).toEqual([]);
});

it("there are links to look at", () => {
  expect(documents.flatMap(linksOf).length).toBeGreaterThan(50);
});

/** The links that lead to files of the repository, or to headings of their own document. */
function linksOf(document: Document): string[] {
  const targets = [...proseOf(document).matchAll(/\]\(([^)\s]+)\)/g)].map(
    ([, target = ""]) => target,
  );
  return targets.filter((target) => !/^(https?:|\.\.\/blob\/)/.test(target));
}

function isThere({ path }: Document, link: string): boolean {
  const [file = "", anchor] = link.split("#", 2);
  const target = file === "" ? path : join(dirname(path), file);
  if (!existsSync(target)) return false;
  const linked = documents.find((document) => document.path === target);
  return anchor === undefined || (linked !== undefined && anchorsOf(linked).includes(anchor));
}

/** The anchors that GitHub gives the headings of a document. */
function anchorsOf(document: Document): string[] {
  const headings = [...proseOf(document).matchAll(/^#+ (.+)$/gm)].map(
    ([, heading = ""]) => heading,
  );
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replace(/\s/g, "-"),
  );
}
