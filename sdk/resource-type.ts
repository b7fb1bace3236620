/** The type of the dynamic provider's resource. States contain both types, so they never change. */
export const resourceType = "pulumi-nodejs:dynamic/datadog:OrgConnection";

/** The type of the plugin's resource. */
export const pluginResourceType = "datadog-org-connections:index:OrgConnection";
