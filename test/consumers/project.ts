import { join } from "node:path";
import { writeAllInto } from "../support/harness/stack-folders.ts";
import type { Consumer, Files } from "./consumer.ts";
import { packageManagers } from "./package-managers.ts";
import { componentFiles } from "./programs.ts";

const name = "pulumi-datadog-org-connections";

/**
 * Writes a consumer's project.
 *
 * @param tarball The packed package.
 * @returns The folder of the program.
 */
export async function writeProject(
  consumer: Consumer,
  { folder, tarball }: { readonly folder: string; readonly tarball: string },
): Promise<string> {
  const { files }: { files: Files } = packageManagers[consumer.packageManager];
  const program = consumer.workspace ? join(folder, "packages/program") : folder;
  await writeAllInto(folder, { ...files, ...(consumer.workspace ? workspace : {}) });
  if (consumer.workspace === "program and component") {
    const manifest = componentManifest(consumer, tarball);
    await writeAllInto(join(folder, "packages/observability"), {
      ...componentFiles,
      "package.json": JSON.stringify(manifest),
    });
  }
  await writeAllInto(program, {
    ...consumer.files,
    "package.json": JSON.stringify(programManifest(consumer, tarball)),
    "Pulumi.yaml": "name: consumer\nruntime: nodejs\n",
  });
  return program;
}

const workspace: Files = {
  "package.json": JSON.stringify({ name: "root", private: true, workspaces: ["packages/*"] }),
};

function programManifest(consumer: Consumer, tarball: string): object {
  const { type, main, pulumi, typescript, workspace, depends = "yes", build = [] } = consumer;
  const own = { [name]: `file:${tarball}` };
  const neighbour = consumer.packageManager === "pnpm" ? "workspace:*" : "1.0.0";
  return {
    name: "program",
    private: true,
    type,
    ...(main && { main }),
    dependencies: {
      "@pulumi/pulumi": pulumi,
      ...(depends === "yes" && own),
      ...(workspace === "program and component" && { "internal-observability": neighbour }),
    },
    devDependencies: {
      "@types/node": "^22",
      // Pulumi loads `typescript` when it runs a program, and can't use version 7.
      ...(typescript === "7.0.2"
        ? { typescript: "6.0.3", "typescript-7": `npm:typescript@${typescript}` }
        : typescript && { typescript }),
      ...(build.some((command) => command.startsWith("esbuild")) && { esbuild: "0.28.2" }),
      ...(depends === "as devDependency" && own),
    },
  };
}

function componentManifest({ pulumi }: Consumer, tarball: string): object {
  return {
    name: "internal-observability",
    version: "1.0.0",
    dependencies: { [name]: `file:${tarball}` },
    peerDependencies: { "@pulumi/pulumi": pulumi },
  };
}
