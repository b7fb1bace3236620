/** The file of node-fetch itself: Bun replaces the bare name by its own fetch, which ignores agents. */
declare module "node-fetch/src/index.js" {
  export { default } from "node-fetch";
}
