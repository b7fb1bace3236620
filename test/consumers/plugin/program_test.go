package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
)

// TestMain does the operation of the first argument with the example's program; there are no tests.
func TestMain(*testing.M) {
	ctx := context.Background()
	stack, err := auto.UpsertStackInlineSource(ctx, "consumer", "consumer", declare)
	check(err)
	connections := fmt.Sprintf(`{"sink": {"sinkOrgId": %q, "types": ["logs"]}}`, os.Getenv("HUB"))
	check(stack.SetConfig(ctx, "connections", auto.ConfigValue{Value: connections}))
	if slices.Contains(os.Args, "--refresh") {
		_, err := stack.Refresh(ctx)
		check(err)
	}
	switch os.Args[1] {
	case "up":
		result, err := stack.Up(ctx)
		check(err)
		check(json.NewEncoder(os.Stdout).Encode(result.Outputs["sinks"].Value))
	case "preview":
		_, err = stack.Preview(ctx, optpreview.ExpectNoChanges())
	case "destroy":
		_, err = stack.Destroy(ctx)
	}
	check(err)
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
