export { orgs } from "./orgs.ts";
export { passingFaults } from "./random-faults.ts";
export { type FakeDatadog, startFakeDatadog } from "./service.ts";
