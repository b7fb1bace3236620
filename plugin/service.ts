import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import * as rpc from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { version } from "../provider/api/version";
import type { CheckFailure, OrgConnectionInputs } from "../provider/inputs";
import type { OrgConnectionOutputs } from "../provider/outputs";
import { OrgConnectionProvider, type Severity } from "../provider/provider";
import { Settings } from "../provider/settings";
import { unknownValue } from "../provider/unknown";
import { checkConfiguration, configurationOf } from "./configuration";
import { diffResponse, withoutIgnored } from "./diff";
import type { EngineLog } from "./engine-log";
import { getOrgConnections } from "./get-org-connections";
import { Operations, type ResourceRequest } from "./operations";
import { resourceType } from "./resource-type";
import schema from "./schema.json";
import { bounded, propertiesOf, structOf } from "./values";

const functionToken = "datadog-org-connections:index:getOrgConnections";

const { properties, inputProperties } = schema.resources[resourceType];

/** The types of all properties of a connection. */
const types = new Map(
  Object.entries({ ...inputProperties, ...properties }).map(([name, { type }]) => [name, type]),
);

/** Outputs that aren't inputs: known only after a connection is created. */
const unknownOutputs = Object.fromEntries(
  Object.keys(properties)
    .filter((name) => !Object.hasOwn(inputProperties, name))
    .map((name) => [name, unknownValue]),
);

/** Pulumi's service for providers, `pulumirpc.ResourceProvider`: a method for each of its calls. */
export class ProviderService {
  readonly #log: Pick<EngineLog, "log">;
  readonly #operations = new Operations();
  readonly #provider: OrgConnectionProvider;
  #settings = new Settings({ config: configurationOf({}), environment: process.env });
  /** The provider that this serves, once it is configured; empty for an engine that doesn't say. */
  #urn: string | undefined;
  /** Resolves when all messages have been delivered. */
  #shown: Promise<void> = Promise.resolve();

  constructor(log: Pick<EngineLog, "log">) {
    this.#log = log;
    this.#provider = new OrgConnectionProvider({
      clock: this.#operations.clock,
      report: (severity, message) => this.#show(severity, message),
    });
  }

  async handshake(): Promise<rpc.ProviderHandshakeResponse> {
    // The engine marks outputs of secret inputs as secret.
    return new rpc.ProviderHandshakeResponse();
  }

  async getPluginInfo(): Promise<PluginInfo> {
    return new PluginInfo().setVersion(version);
  }

  async getSchema(): Promise<rpc.GetSchemaResponse> {
    return new rpc.GetSchemaResponse().setSchema(JSON.stringify(schema));
  }

  async checkConfig(request: rpc.CheckRequest): Promise<rpc.CheckResponse> {
    const checked = checkConfiguration(request.getUrn(), propertiesOf(request.getNews()));
    for (const warning of checked.warnings) this.#show("warning", warning);
    await this.#shown;
    return checkResponse(checked);
  }

  /** Never replaces the provider: that would replace all its resources. */
  async diffConfig(request: rpc.DiffRequest): Promise<rpc.DiffResponse> {
    const isSame =
      JSON.stringify(propertiesOf(request.getOldInputs())) ===
      JSON.stringify(propertiesOf(request.getNews()));
    const { DIFF_NONE, DIFF_SOME } = rpc.DiffResponse.DiffChanges;
    return new rpc.DiffResponse().setChanges(isSame ? DIFF_NONE : DIFF_SOME);
  }

  async configure(request: rpc.ConfigureRequest): Promise<rpc.ConfigureResponse> {
    const urn = request.getUrn() ?? "";
    this.#urn ??= urn;
    if (urn !== this.#urn) {
      throw new Error(
        "PULUMI_DEBUG_PROVIDERS attaches one plugin process, which already serves the provider " +
          `${this.#urn}. It can't also serve ${urn}, because each has its own credentials. Use one ` +
          "provider in this program, or unset PULUMI_DEBUG_PROVIDERS.",
      );
    }
    const config = configurationOf(propertiesOf(request.getArgs()));
    this.#settings = new Settings({ config, environment: process.env });
    this.#provider.configure(config);
    return new rpc.ConfigureResponse().setSupportspreview(true);
  }

  async check(request: rpc.CheckRequest): Promise<rpc.CheckResponse> {
    const olds = propertiesOf(request.getOlds());
    const news = propertiesOf(request.getNews());
    return this.#run(request, async () =>
      checkResponse(await this.#provider.check(olds, news, request.getUrn())),
    );
  }

  async diff(request: rpc.DiffRequest): Promise<rpc.DiffResponse> {
    const olds = connectionOf<OrgConnectionOutputs>(request.getOlds());
    const news = declared(request, olds);
    return this.#run(request, async () =>
      diffResponse(
        await this.#provider.diff(request.getId(), olds, news, request.getUrn()),
        olds,
        news,
      ),
    );
  }

  async create(request: rpc.CreateRequest): Promise<rpc.CreateResponse> {
    const inputs = connectionOf<OrgConnectionInputs>(request.getProperties());
    if (request.getPreview()) {
      const outputs = { ...expectedOutputs(inputs), ...unknownOutputs };
      return new rpc.CreateResponse().setProperties(structOf(outputs));
    }
    return this.#run(request, async () => {
      const { id, outputs } = await this.#provider.create(inputs, request.getUrn());
      return new rpc.CreateResponse().setId(id).setProperties(structOf(outputs));
    });
  }

  /**
   * An imported connection comes without properties, or with none in them since CLI 3.274. Its id is
   * `PROFILE/ID` if it belongs to a profile.
   */
  async read(request: rpc.ReadRequest): Promise<rpc.ReadResponse> {
    const [, profile, id = ""] = /^(?:(.+)\/)?(.*)$/s.exec(request.getId()) ?? [];
    const properties = connectionOf(request.getProperties());
    const recorded = { ...(profile && { profile }), ...properties };
    return this.#run(request, async () => {
      const isImport = Object.keys(properties).length === 0;
      const read = await this.#provider.read(id, recorded, { isImport });
      const response = new rpc.ReadResponse().setId(read.id);
      if (read.outputs) response.setProperties(structOf(read.outputs));
      if (read.inputs) response.setInputs(structOf(read.inputs));
      return response;
    });
  }

  async update(request: rpc.UpdateRequest): Promise<rpc.UpdateResponse> {
    const olds = connectionOf<OrgConnectionOutputs>(request.getOlds());
    const news = declared(request, olds);
    if (request.getPreview()) {
      const outputs = { ...olds, ...expectedOutputs(news) };
      return new rpc.UpdateResponse().setProperties(structOf(outputs));
    }
    return this.#run(request, async () => {
      const outputs = await this.#provider.update(request.getId(), olds, news);
      return new rpc.UpdateResponse().setProperties(structOf(outputs));
    });
  }

  async delete(request: rpc.DeleteRequest): Promise<Empty> {
    const recorded = connectionOf<OrgConnectionOutputs>(request.getProperties());
    return this.#run(request, async () => {
      await this.#provider.delete(request.getId(), recorded, request.getUrn());
      return new Empty();
    });
  }

  async invoke(request: rpc.InvokeRequest): Promise<rpc.InvokeResponse> {
    if (request.getTok() !== functionToken) {
      throw new Error(`there is no function "${request.getTok()}"; there is ${functionToken}`);
    }
    this.#assertConfigured();
    const args = propertiesOf(request.getArgs());
    const { failures, result } = await getOrgConnections(args, this.#settings, {
      clock: this.#operations.clock,
      warn: (message) => this.#show("warning", message),
    });
    const response = new rpc.InvokeResponse().setFailuresList(failures.map(failureMessage));
    return result ? response.setReturn(structOf(result)) : response;
  }

  async cancel(): Promise<Empty> {
    this.#operations.cancel();
    return new Empty();
  }

  /** Runs the engine's call for a resource, and answers when its messages are shown. */
  async #run<T>(request: ResourceRequest, call: () => Promise<T>): Promise<T> {
    assertResourceType(request.getUrn());
    this.#assertConfigured();
    try {
      return await this.#operations.run(request, call);
    } finally {
      await this.#shown;
    }
  }

  /** Without its settings, the provider would use the credentials of the environment. */
  #assertConfigured(): void {
    if (this.#urn !== undefined) return;
    throw new Error("the engine hasn't configured this provider. Run the command again.");
  }

  #show(severity: Severity, message: string): void {
    this.#shown = this.#log.log(severity, message, this.#operations.urn);
  }
}

/** What the program declares, apart from the changes that it ignores. */
function declared(
  request: rpc.DiffRequest | rpc.UpdateRequest,
  olds: OrgConnectionOutputs,
): OrgConnectionInputs {
  const news = connectionOf<OrgConnectionInputs>(request.getNews());
  return withoutIgnored(news, olds, request.getIgnorechangesList());
}

/** What a preview knows of the outputs. */
function expectedOutputs({ adoptExisting, importId, ...outputs }: OrgConnectionInputs): object {
  return outputs;
}

function assertResourceType(urn: string): void {
  const type = urn.split("::")[2]?.split("$").at(-1) ?? "";
  if (type === resourceType) return;
  throw new Error(`there is no resource type "${type}"; there is ${resourceType}`);
}

/**
 * The properties of a connection, as a program declares or a state records them. A state may have
 * been edited, so they have the types of the schema, or are missing or unknown.
 */
function connectionOf<T extends object>(struct: Struct | undefined): T {
  const connection = propertiesOf<T>(struct);
  for (const [name, value] of Object.entries(connection)) {
    const type = types.get(name);
    if (type === undefined || value === null || value === unknownValue) continue;
    const isStrings = Array.isArray(value) && value.every((item) => typeof item === "string");
    if (type === "array" ? isStrings : typeof value === type) continue;
    const expected = type === "array" ? "a list of strings" : `a ${type}`;
    throw new Error(
      `the property ${name} of the org connection must be ${expected}. Correct the program, or the ` +
        "state with `pulumi stack export` and `pulumi stack import`.",
    );
  }
  return connection;
}

function checkResponse(checked: {
  readonly inputs: object;
  readonly failures: readonly CheckFailure[];
}): rpc.CheckResponse {
  return new rpc.CheckResponse()
    .setInputs(structOf(checked.inputs))
    .setFailuresList(checked.failures.map(failureMessage));
}

function failureMessage({ property, reason }: CheckFailure): rpc.CheckFailure {
  return new rpc.CheckFailure().setProperty(bounded(property)).setReason(bounded(reason));
}
