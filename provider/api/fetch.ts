/** node-fetch, which the build puts into this file with the packages that it needs. */
export { default as fetch } from "node-fetch";
