/**
 * A language host that runs a program as Pulumi's own does: by the `cmd/run` of the program's
 * @pulumi/pulumi, in a process of the runtime that is the first argument. Prints the port that
 * `pulumi up --client` is to be given.
 */
const { spawn } = require("node:child_process");
const { createRequire } = require("node:module");
const { join } = require("node:path");

const pulumi = createRequire(require.resolve("@pulumi/pulumi"));
const { Server, ServerCredentials } = pulumi("@grpc/grpc-js");
const { LanguageRuntimeService } = pulumi("./proto/language_grpc_pb.js");
const { GetRequiredPackagesResponse, RunResponse } = pulumi("./proto/language_pb.js");
const { PluginInfo } = pulumi("./proto/plugin_pb.js");

const [, , runtime] = process.argv;

/** The program told the user what is wrong by itself. */
const toldTheUser = 32;

function argumentsOf(request) {
  const given = {
    monitor: request.getMonitorAddress(),
    engine: request.getArgsList()[0],
    organization: request.getOrganization(),
    project: request.getProject(),
    stack: request.getStack(),
    "root-directory": request.getInfo().getRootDirectory(),
    pwd: request.getInfo().getProgramDirectory(),
    parallel: request.getParallel(),
    "dry-run": request.getDryrun() || undefined,
  };
  const set = Object.entries(given).filter(([, value]) => value !== undefined && value !== "");
  return set.map(([name, value]) => `--${name}=${value}`);
}

function run({ request }, reply) {
  const folder = request.getInfo().getProgramDirectory();
  const command = createRequire(join(folder, "program.js")).resolve("@pulumi/pulumi/cmd/run");
  const program = spawn(
    runtime,
    [command, ...argumentsOf(request), request.getInfo().getEntryPoint()],
    {
      cwd: folder,
      stdio: ["ignore", "inherit", "inherit"],
      env: {
        ...process.env,
        PULUMI_NODEJS_TYPESCRIPT: "true",
        PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().entries())),
        PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
      },
    },
  );
  program.on("close", (code) => {
    const response = new RunResponse();
    if (code === toldTheUser) response.setBail(true);
    else if (code !== 0) response.setError(`the program ended with code ${code}`);
    reply(null, response);
  });
}

const server = new Server();
server.addService(LanguageRuntimeService, {
  getPluginInfo: (_call, reply) => reply(null, new PluginInfo()),
  getRequiredPackages: (_call, reply) => reply(null, new GetRequiredPackagesResponse()),
  run,
});
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  console.log(port);
});
// Whoever started this process holds its stdin, so it never outlives them.
process.stdin.once("end", () => process.exit(0)).resume();
