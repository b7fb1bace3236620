/**
 * The provider of each connection, as the engine stores it (twice for each resource of the state)
 * and loads it for every operation. It only names the package's entry point, so that the installed
 * version also manages existing connections. It never changes: refresh and destroy run the text in
 * the state.
 */
export const providerText =
  'exports.handler=require("pulumi-datadog-org-connections/provider").handler';
