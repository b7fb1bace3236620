// One org that shares its data with the orgs of the stack's configuration.
package main

import (
	datadog "example.com/pulumi-datadog-org-connections/sdk/go/datadogorgconnections"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
)

type connection struct {
	SinkOrgID string   `json:"sinkOrgId"`
	Types     []string `json:"types"`
}

func main() {
	pulumi.Run(declare)
}

func declare(ctx *pulumi.Context) error {
	var wanted map[string]connection
	config.RequireObject(ctx, "connections", &wanted)

	sinks := pulumi.Map{}
	for name, args := range wanted {
		connection, err := datadog.NewOrgConnection(ctx, name, &datadog.OrgConnectionArgs{
			SinkOrgId:       pulumi.String(args.SinkOrgID),
			ConnectionTypes: pulumi.ToStringArray(args.Types),
		})
		if err != nil {
			return err
		}
		sinks[name] = connection.SinkOrgName
	}

	// Name of the org that sees the data, by the name that the configuration gives the connection.
	ctx.Export("sinks", sinks)
	return nil
}
