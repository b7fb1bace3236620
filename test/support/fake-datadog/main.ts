import { parseArgs } from "node:util";
import { startFakeDatadog } from "./index.ts";

const { values } = parseArgs({ options: { port: { type: "string", default: "0" } } });
const datadog = await startFakeDatadog({ port: Number(values.port) });

const orgs = datadog.orgs.map(({ id, name, apiKey, appKey }) => ({ id, name, apiKey, appKey }));
console.log(JSON.stringify({ url: datadog.url, orgs }));

const stop = () => void datadog.close().then(() => process.exit(0));
process.once("SIGTERM", stop);
// Whoever started this process holds its stdin, so it never outlives them. A pipe that breaks only
// closes, and a file only ends.
process.stdin.once("close", stop).once("end", stop).resume();
