"""One org that shares its data with the orgs of the stack's configuration."""

import pulumi
import pulumi_datadog_org_connections as datadog

connections = pulumi.Config().require_object("connections")

ids = {}
for name, connection in connections.items():
    to_sink = datadog.OrgConnection(
        f"to-{name}",
        sink_org_id=connection["sinkOrgId"],
        connection_types=connection["types"],
    )
    ids[name] = to_sink.id

pulumi.export("connectionIds", ids)
