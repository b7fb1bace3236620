import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import * as rpc from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { version } from "../provider/api/version";
import { OrgConnectionProvider } from "../provider/org-connection-provider";
import type { EngineLog } from "./engine-log";

/** A stand-in that only shows the transport: it creates nothing. */
export class ProviderService {
  readonly #log: EngineLog;
  readonly #provider = new OrgConnectionProvider();

  constructor(log: EngineLog) {
    this.#log = log;
  }

  async getPluginInfo(): Promise<PluginInfo> {
    const info = new PluginInfo();
    info.setVersion(version);
    return info;
  }

  async handshake(): Promise<rpc.ProviderHandshakeResponse> {
    const response = new rpc.ProviderHandshakeResponse();
    response.setAcceptSecrets(true);
    response.setAcceptResources(true);
    response.setAcceptOutputs(true);
    return response;
  }

  async getSchema(): Promise<rpc.GetSchemaResponse> {
    const response = new rpc.GetSchemaResponse();
    response.setSchema(JSON.stringify({ name: "datadog-org-connections", version }));
    return response;
  }

  async checkConfig(request: rpc.CheckRequest): Promise<rpc.CheckResponse> {
    return this.check(request);
  }

  async diffConfig(): Promise<rpc.DiffResponse> {
    return new rpc.DiffResponse();
  }

  async configure(): Promise<rpc.ConfigureResponse> {
    const response = new rpc.ConfigureResponse();
    response.setAcceptsecrets(true);
    response.setSupportspreview(true);
    return response;
  }

  async check(request: rpc.CheckRequest): Promise<rpc.CheckResponse> {
    const response = new rpc.CheckResponse();
    response.setInputs(request.getNews());
    return response;
  }

  async create(request: rpc.CreateRequest): Promise<rpc.CreateResponse> {
    await this.#log.log("warning", "one", request.getUrn());
    await this.#log.log("info", "two", request.getUrn());
    if (request.getName() === "fails") throw new Error("100 % of “it” failed\nreally");
    void this.#provider;
    const response = new rpc.CreateResponse();
    response.setId("stand-in");
    response.setProperties(request.getProperties());
    return response;
  }

  async delete(): Promise<Empty> {
    return new Empty();
  }

  async cancel(): Promise<Empty> {
    return new Empty();
  }
}
