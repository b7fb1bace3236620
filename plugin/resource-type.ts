/** The type of the resource. The state of existing stacks contains it, so it never changes. */
export const resourceType = "datadog-org-connections:index:OrgConnection";
