import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import * as rpc from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { version } from "../provider/api/version";
import type { OrgConnectionDiff } from "../provider/diff";
import type { CheckFailure, OrgConnectionInputs } from "../provider/inputs";
import type { OrgConnectionOutputs } from "../provider/outputs";
import { OrgConnectionProvider, type Severity } from "../provider/provider";
import { unknownValue } from "../provider/unknown";
import { pluginResourceType as resourceType } from "../sdk/resource-type";
import { checkConfiguration, configurationOf } from "./configuration";
import type { Log } from "./engine-log";
import { Operations } from "./operations";
import schema from "./schema.json";
import { bounded, type Properties, propertiesOf, structOf } from "./values";

const functionToken = "datadog-org-connections:index:getOrgConnections";
const functionArguments = Object.keys(schema.functions[functionToken].inputs.properties);

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

/**
 * Pulumi's service for providers, `pulumirpc.ResourceProvider`: a method for each of its calls. It has no
 * DiffConfig, so changed settings update the provider. A replacement would replace all its resources.
 */
export class ProviderService {
  readonly #log: Log;
  readonly #operations = new Operations();
  readonly #provider: OrgConnectionProvider;
  #isConfigured = false;
  /** Resolves when all messages have been delivered. */
  #shown: Promise<void> = Promise.resolve();

  constructor(log: Log) {
    this.#log = log;
    this.#provider = new OrgConnectionProvider({
      clock: this.#operations.clock,
      report: (severity, message) => this.#show(severity, message),
    });
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

  async configure(request: rpc.ConfigureRequest): Promise<rpc.ConfigureResponse> {
    this.#provider.configure(configurationOf(propertiesOf(request.getArgs())));
    this.#isConfigured = true;
    // This takes no secrets, so the engine marks outputs of secret inputs as secret.
    return new rpc.ConfigureResponse().setSupportspreview(true);
  }

  check(request: rpc.CheckRequest): Promise<rpc.CheckResponse> {
    return this.#run(request, async (urn) => {
      const [olds, news] = [propertiesOf(request.getOlds()), propertiesOf(request.getNews())];
      return checkResponse(await this.#provider.check(olds, news, urn));
    });
  }

  diff(request: rpc.DiffRequest): Promise<rpc.DiffResponse> {
    return this.#run(request, async (urn) => {
      const { olds, news } = comparedIn(request);
      const diff = await this.#provider.diff(request.getId(), olds, news, urn);
      return diffResponse(diff, { ...olds }, { ...news });
    });
  }

  create(request: rpc.CreateRequest): Promise<rpc.CreateResponse> {
    return this.#run(request, async (urn) => {
      const inputs = connectionOf<OrgConnectionInputs>(request.getProperties());
      const { id, outputs } = request.getPreview()
        ? { id: "", outputs: { ...expectedOutputs(inputs), ...unknownOutputs } }
        : await this.#provider.create(inputs, urn);
      return new rpc.CreateResponse().setId(id).setProperties(structOf(outputs));
    });
  }

  /**
   * An import has no properties, or an empty struct since CLI 3.274. The user writes `PROFILE/ID` for a
   * connection of a profile.
   */
  read(request: rpc.ReadRequest): Promise<rpc.ReadResponse> {
    return this.#run(request, async () => {
      const [, profile, id = ""] = /^(?:(.+)\/)?(.*)$/s.exec(request.getId()) ?? [];
      const recorded = connectionOf(request.getProperties());
      const isImport = Object.keys(recorded).length === 0;
      const read = await this.#provider.read(
        id,
        { ...(profile && { profile }), ...recorded },
        { isImport },
      );
      const response = new rpc.ReadResponse().setId(read.id);
      if (read.outputs) response.setProperties(structOf(read.outputs));
      if (read.inputs) response.setInputs(structOf(read.inputs));
      return response;
    });
  }

  update(request: rpc.UpdateRequest): Promise<rpc.UpdateResponse> {
    return this.#run(request, async () => {
      const { olds, news } = comparedIn(request);
      const { profile, ...known } = olds;
      const outputs = request.getPreview()
        ? { ...known, ...expectedOutputs(news) }
        : await this.#provider.update(request.getId(), olds, news);
      return new rpc.UpdateResponse().setProperties(structOf(outputs));
    });
  }

  delete(request: rpc.DeleteRequest): Promise<Empty> {
    return this.#run(request, async (urn) => {
      await this.#provider.delete(request.getId(), connectionOf(request.getProperties()), urn);
      return new Empty();
    });
  }

  async invoke(request: rpc.InvokeRequest): Promise<rpc.InvokeResponse> {
    if (request.getTok() !== functionToken) {
      throw new Error(`there is no function "${request.getTok()}"; there is ${functionToken}`);
    }
    const args = propertiesOf(request.getArgs());
    const failures = wrongArguments(args);
    const response = new rpc.InvokeResponse().setFailuresList(failures.map(failureMessage));
    if (failures.length > 0) return response;
    const connections = await this.#answer(() => this.#provider.list(args));
    return response.setReturn(structOf({ connections }));
  }

  async cancel(): Promise<Empty> {
    this.#operations.cancel();
    return new Empty();
  }

  /** Runs the engine's call for a resource. */
  async #run<T>(
    request: { getUrn(): string; getTimeout?(): number },
    call: (urn: string) => Promise<T>,
  ): Promise<T> {
    const urn = request.getUrn();
    const type = urn.split("::")[2]?.split("$").at(-1) ?? "";
    if (type !== resourceType) {
      throw new Error(`there is no resource type "${type}"; there is ${resourceType}`);
    }
    const timeout = request.getTimeout?.() || undefined; // 0 if the resource has none
    return this.#answer(() => call(urn), urn, timeout);
  }

  /** Runs a call of the engine, and answers when its messages are shown. */
  async #answer<T>(call: () => Promise<T>, urn?: string, timeout?: number): Promise<T> {
    // Without settings, the provider would use the credentials of the environment.
    if (!this.#isConfigured) {
      throw new Error("the engine hasn't configured this provider. Run the command again.");
    }
    try {
      return await this.#operations.run(call, urn, timeout);
    } finally {
      await this.#shown;
    }
  }

  #show(severity: Severity, message: string): void {
    this.#shown = this.#log(severity, message, this.#operations.urn);
  }
}

/**
 * The recorded connection, and the declared one with the recorded values of the properties in
 * `ignoreChanges`.
 */
function comparedIn(request: rpc.DiffRequest | rpc.UpdateRequest) {
  const olds = connectionOf<OrgConnectionOutputs>(request.getOlds());
  const news = connectionOf<OrgConnectionInputs>(request.getNews());
  const paths = request.getIgnorechangesList(); // such as connectionTypes[0]
  const ignored = paths.map((path) => /\w+/.exec(path)?.[0]);
  const kept = Object.entries(olds).filter(
    ([name]) => ignored.includes(name) || paths.includes("*"),
  );
  const declared: OrgConnectionInputs = { ...news, ...Object.fromEntries(kept) };
  return { olds, news: declared };
}

/** What a preview knows of the outputs. */
function expectedOutputs({ adoptExisting, importId, ...outputs }: OrgConnectionInputs): object {
  return outputs;
}

/**
 * The properties of a connection, as a program declares or a state records them. Checks that each has
 * the type of the schema, because a state may have been edited.
 */
function connectionOf<T extends object>(struct: Struct | undefined): T {
  const connection = propertiesOf<T>(struct);
  for (const [name, value] of Object.entries(connection)) {
    const type = types.get(name);
    if (type === undefined || value === unknownValue) continue;
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

function wrongArguments(args: Properties): CheckFailure[] {
  return Object.entries(args).flatMap(([property, value]) => {
    if (!functionArguments.includes(property)) {
      const known = functionArguments.join(", ");
      return [{ property, reason: `no such argument exists. Known arguments: ${known}.` }];
    }
    return typeof value === "string" ? [] : [{ property, reason: "it isn't a string." }];
  });
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

/** What the engine shows of a diff: what happens to each property. */
function diffResponse(
  { updates, replaces }: OrgConnectionDiff,
  olds: Properties,
  news: Properties,
): rpc.DiffResponse {
  const changed = [...replaces, ...updates];
  const { DIFF_NONE, DIFF_SOME } = rpc.DiffResponse.DiffChanges;
  const response = new rpc.DiffResponse()
    .setChanges(changed.length > 0 ? DIFF_SOME : DIFF_NONE)
    .setReplacesList([...replaces])
    .setDiffsList(changed)
    .setHasdetaileddiff(true);
  for (const property of changed) {
    const isInput = Object.hasOwn(inputProperties, property);
    const added = isInput && olds[property] === undefined && "ADD";
    const removed = isInput && news[property] === undefined && "DELETE";
    const kind = added || removed || "UPDATE";
    const { Kind } = rpc.PropertyDiff;
    const diff = new rpc.PropertyDiff().setKind(
      replaces.includes(property) ? Kind[`${kind}_REPLACE`] : Kind[kind],
    );
    response.getDetaileddiffMap().set(property, diff);
  }
  return response;
}
