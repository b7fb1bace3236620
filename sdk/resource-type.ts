/** The type of the resource. It stands in the state of existing stacks, so it never changes. */
export const resourceType = "pulumi-nodejs:dynamic/datadog:OrgConnection";
