/** The type of the resource. The state of existing stacks contains it, so it never changes. */
export const resourceType = "pulumi-nodejs:dynamic/datadog:OrgConnection";
