import { expect, it } from "vitest";
import { type Manifest, packageSchema } from "./package-schema.ts";

const token = "datadog-org-connections:index:OrgConnection";
const manifest = { version: "1.2.3", description: "Connections.", license: "Apache-2.0" };

const sample = `
/** Settings of {@link OrgConnection}. */
export interface ProviderArgs {
  /**
   * A key.
   *
   * @secret
   */
  key?: string;
  /** A number. */
  retries?: number;
}

type Kind = "logs" | "metrics" | (string & {});

/** The arguments. */
export interface OrgConnectionArgs {
  /** Who sees
   *  the data. */
  sinkOrgId: pulumi.Input<string>;
  /**
   * What it sees.
   *
   * See {@link OrgConnection.get | the method} and {@link Kind}.
   */
  kinds: pulumi.Input<pulumi.Input<Kind>[]>;
  /**
   * A profile.
   * @example Never in a schema
   * \`\`\`ts
   * new OrgConnection("one", { profile: "payments" });
   * \`\`\`
   */
  profile?: pulumi.Input<string | undefined>;
}

/** Own options. */
export interface GetOrgConnectionOptions extends pulumi.CustomResourceOptions {
  /** Whose keys. */
  profile?: pulumi.Input<string | undefined>;
}

/**
 * A connection.
 *
 * @remarks Only in TypeScript.
 */
export class OrgConnection extends pulumi.CustomResource {
  /** Who sees the data. */
  declare public readonly sinkOrgId: pulumi.Output<string>;
  /** The name. */
  declare public readonly sinkOrgName: pulumi.Output<string | undefined>;
  /** Reads one. */
  static get() {}
}

/** Which to list. */
export interface GetOrgConnectionsArgs {
  /** By sink. */
  sinkOrgId?: string;
}

/** What is listed. */
export interface GetOrgConnectionsResult {
  /** All ids. */
  ids: string[];
}

/** Lists them. */
export async function getOrgConnections() {}
`;

it("the class and its arguments become the resource", () => {
  expect(schemaOf().resources).toEqual({
    [token]: {
      description: "A connection.",
      properties: {
        sinkOrgId: { type: "string", description: "Who sees the data." },
        sinkOrgName: { type: "string", description: "The name." },
      },
      required: ["sinkOrgId"],
      inputProperties: {
        sinkOrgId: {
          type: "string",
          description: "Who sees the data.",
          willReplaceOnChanges: true,
        },
        kinds: {
          type: "array",
          items: { type: "string" },
          description:
            "What it sees.\n\nSee the method and Kind. " +
            "Known values: `logs`, `metrics`; others are possible.",
        },
        profile: { type: "string", description: "A profile." },
      },
      requiredInputs: ["sinkOrgId", "kinds"],
      stateInputs: {
        type: "object",
        properties: {
          sinkOrgId: { type: "string", description: "Who sees the data." },
          sinkOrgName: { type: "string", description: "The name." },
          profile: { type: "string", description: "Whose keys." },
        },
      },
    },
  });
});

it("the function takes what its arguments say, and returns what its result says", () => {
  expect(schemaOf().functions).toEqual({
    "datadog-org-connections:index:getOrgConnections": {
      description: "Lists them.",
      inputs: {
        type: "object",
        properties: { sinkOrgId: { type: "string", description: "By sink." } },
      },
      outputs: {
        type: "object",
        properties: {
          ids: { type: "array", items: { type: "string" }, description: "All ids." },
        },
        required: ["ids"],
      },
    },
  });
});

it("the settings become the stack's configuration and the provider's inputs", () => {
  const settings = {
    key: { type: "string", description: "A key.", secret: true },
    retries: { type: "integer", description: "A number." },
  };
  const { config, provider } = schemaOf();
  expect(config).toEqual({ variables: settings });
  expect(provider).toEqual({
    description: "Settings of OrgConnection.",
    inputProperties: settings,
  });
});

it("the version, the license and the description are those of package.json", () => {
  expect(schemaOf()).toMatchObject({ name: "datadog-org-connections", ...manifest });
});

it("the CLI downloads the plugin from the repository of package.json", () => {
  const repository = { url: "git+https://github.com/acme/connections.git" };
  expect(schemaOf(sample, { ...manifest, repository })).toMatchObject({
    homepage: "https://github.com/acme/connections",
    repository: "https://github.com/acme/connections",
    publisher: "acme",
    pluginDownloadURL: "github://api.github.com/acme/connections",
  });
});

it("without a repository the schema names no place to download from", () => {
  expect(Object.keys(schemaOf())).not.toContain("repository");
  expect(Object.keys(schemaOf())).not.toContain("pluginDownloadURL");
});

it.each([
  ["/** A number. */", "", "sample.ts:11: ProviderArgs.retries needs a docblock"],
  ["/** Lists them. */", "", "sample.ts:70: getOrgConnections needs a docblock"],
  ["/** A number. */", "/** @secret */", "sample.ts:11: ProviderArgs.retries needs a docblock"],
  ["interface ProviderArgs", "interface Args", "The schema needs ProviderArgs, which none of"],
  [
    "interface GetOrgConnectionsArgs",
    "type GetOrgConnectionsArgs = string; interface Other",
    "sample.ts:58: GetOrgConnectionsArgs must be an interface or a class.",
  ],
])("sources in which %j is %j are refused", (before, after, message) => {
  expect(() => schemaOf(sample.replace(before, after))).toThrow(message);
});

function schemaOf(source = sample, from: Manifest = manifest) {
  return packageSchema({ "sample.ts": source }, from);
}
