/**
 * Datadog org connections as resources of a Pulumi program: {@link OrgConnection} declares one, and
 * {@link getOrgConnections} lists those that exist.
 *
 * @packageDocumentation
 */

export * from "./get-org-connections";
export * from "./org-connection";
