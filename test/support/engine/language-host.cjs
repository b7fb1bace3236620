/**
 * A minimal language host: it reports that a program needs no plugins, which `pulumi import` asks
 * before it starts. It runs no programs. Uses the @pulumi/pulumi of the working directory.
 */
const { createRequire } = require("node:module");
const { join } = require("node:path");

const program = createRequire(join(process.cwd(), "program.js"));
const pulumi = createRequire(program.resolve("@pulumi/pulumi"));
const { Server, ServerCredentials } = pulumi("@grpc/grpc-js");
const { LanguageRuntimeService } = pulumi("./proto/language_grpc_pb.js");
const { GetRequiredPackagesResponse } = pulumi("./proto/language_pb.js");
const { PluginInfo } = pulumi("./proto/plugin_pb.js");

const server = new Server();
server.addService(LanguageRuntimeService, {
  getPluginInfo: (_call, reply) => reply(null, new PluginInfo()),
  getRequiredPackages: (_call, reply) => reply(null, new GetRequiredPackagesResponse()),
});
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  console.log(port);
});
