import { join } from "node:path";
import { buildGoCommand } from "./go.ts";
import type { Installation } from "./installation.ts";
import { layNodePlugins } from "./plugins.ts";

/** Builds the engine from its Go module. */
export async function buildFromSource(installation: Installation): Promise<void> {
  await buildGoCommand(installation, {
    what: "the Pulumi engine",
    time: "3 to 6 minutes",
    executable: "pulumi",
    command: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    modules: ["github.com/pulumi/pulumi/pkg/v3", "github.com/pulumi/pulumi/sdk/v3"],
    versionVariable: "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version",
  });
  await layNodePlugins(join(installation.root, "bin"));
}
