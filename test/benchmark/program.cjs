// The Pulumi program of every stack of the benchmark: it declares the connections of declared.json.
const pulumi = require("@pulumi/pulumi");
const { isPlugin, connections, providers } = require("./declared.json");

/** As the SDK of `pulumi package add` has it. */
class PluginConnection extends pulumi.CustomResource {
  constructor(name, args, options) {
    super("datadog-org-connections:index:OrgConnection", name, args, options);
  }
}

const OrgConnection = isPlugin
  ? PluginConnection
  : require("pulumi-datadog-org-connections").OrgConnection;

for (const [name, args] of Object.entries(connections)) {
  const settings = providers?.[name];
  const provider =
    settings && new pulumi.ProviderResource("datadog-org-connections", name, settings);
  new OrgConnection(name, args, provider && { provider });
}
