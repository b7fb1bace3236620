export { orgs } from "./orgs.ts";
export { type FakeDatadog, startFakeDatadog } from "./service.ts";
