"""One org that shares its data with the orgs of the stack's configuration."""

import pulumi
import pulumi_datadog_org_connections as datadog

wanted = pulumi.Config().require_object("connections")

connection_ids = {}
for name, args in wanted.items():
    connection = datadog.OrgConnection(
        name,
        sink_org_id=args["sinkOrgId"],
        connection_types=args["types"],
    )
    connection_ids[name] = connection.id

# Id of each connection, by the name that the configuration gives it.
pulumi.export("connectionIds", connection_ids)
