/**
 * What the engine stores as the provider of each connection, twice for each resource of the
 * state, and loads for every operation. It only names the package's entry point, so that whatever
 * version is installed serves the connections that exist already. It never changes: refresh and
 * destroy run the text that the state holds.
 */
export const providerText =
  'exports.handler=require("pulumi-datadog-org-connections/provider").handler';
