/** Runs a fake Datadog until it is stopped, and prints its address and the keys of its orgs. */
import { startFakeDatadog } from "./index.ts";

const datadog = await startFakeDatadog({ port: Number(process.argv[2] ?? 0) });
const orgs = datadog.orgs.map(({ id, name, apiKey, appKey }) => ({ id, name, apiKey, appKey }));
console.log(JSON.stringify({ url: datadog.url, orgs }));
