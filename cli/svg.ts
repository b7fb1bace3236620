/** Draws DOT as an SVG image, with Graphviz compiled to WebAssembly. */
export async function svg(dotText: string): Promise<string> {
  const { instance } = await import("@viz-js/viz"); // some megabytes that only a picture needs
  return (await instance()).renderString(dotText, { format: "svg" });
}
