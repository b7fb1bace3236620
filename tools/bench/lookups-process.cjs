// Reads the connections whose ids are the arguments, with the provider of the working directory,
// and prints as JSON what that took.
const { createRequire } = require("node:module");

const load = createRequire(`${process.cwd()}/`);
const { handler } = load("pulumi-datadog-org-connections/provider");
const [first, ...others] = process.argv.slice(2);
const recorded = { connectionTypes: ["logs"] };

async function main() {
  const provider = handler();
  await provider.read(first, recorded); // loads what sends requests, and opens the connection
  await provider.configure({ config: new Map() }); // forgets that snapshot
  global.gc();
  const heapBefore = process.memoryUsage().heapUsed;
  const begun = performance.now();
  await provider.read(first, recorded);
  const snapshotMs = performance.now() - begun;
  global.gc();
  const snapshotBytes = process.memoryUsage().heapUsed - heapBefore;

  const lookupsBegun = performance.now();
  for (const id of others) {
    const { id: found } = await provider.read(id, recorded);
    if (found !== id) throw new Error(`the connection ${id} isn't there`);
  }
  const lookupUs = (1000 * (performance.now() - lookupsBegun)) / others.length;
  console.log(JSON.stringify({ snapshotMs, lookupUs, snapshotBytes }));
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
