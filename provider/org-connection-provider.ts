import type { dynamic } from "@pulumi/pulumi";
import { OrgConnectionsClient } from "./api/client";
import { type Comparable, diffOrgConnection } from "./diff";
import { explained, UserError } from "./errors";
import {
  checkInputs,
  type OrgConnectionInputs,
  type UncheckedInputs,
  unfamiliarTypes,
} from "./inputs";
import { type OrgConnectionOutputs, outputsOf } from "./outputs";
import { resolveSettings } from "./settings";
import { SourceOrg } from "./source-org";

const noSuchConnection =
  "the org of these credentials takes part in no such connection. Check the id and the keys.";

/** The life of an org connection, as the Pulumi engine calls it. */
export class OrgConnectionProvider
  implements dynamic.ResourceProvider<OrgConnectionInputs, OrgConnectionOutputs>
{
  #config: dynamic.Config | undefined;
  #sourceOrg: SourceOrg | undefined;
  readonly #warned = new Set<string>();

  /** Only keeps the configuration: the host doesn't wait for this before it makes other calls. */
  async configure({ config }: dynamic.ConfigureRequest): Promise<void> {
    this.#config = config;
  }

  /** Judges what the program gives, before anything is sent; the configuration as well. */
  async check(_olds: UncheckedInputs, news: UncheckedInputs): Promise<dynamic.CheckResult> {
    const { inputs, failures = [] } = checkInputs(news);
    try {
      this.#source();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      failures.push({ property: "", reason: error.message });
    }
    if (failures.length === 0) this.#warnOfUnfamiliar(inputs.connectionTypes);
    return { inputs, failures };
  }

  async diff(_id: string, olds: Comparable, news: Comparable): Promise<dynamic.DiffResult> {
    return diffOrgConnection(olds, news);
  }

  create(inputs: OrgConnectionInputs): Promise<dynamic.CreateResult<OrgConnectionOutputs>> {
    const { sinkOrgId, connectionTypes } = inputs;
    return explained("create", `Cannot create the org connection to ${sinkOrgId}`, async () => {
      const created = await this.#source().create(sinkOrgId, connectionTypes);
      return { id: created.id, outs: outputsOf(created, inputs) };
    });
  }

  /** Reports gone (an empty id) only what was recorded, and the complete list lacks. */
  read(
    id: string,
    props: Partial<OrgConnectionOutputs> = {},
  ): Promise<dynamic.ReadResult<OrgConnectionOutputs>> {
    const doing = `Cannot read the org connection ${id}`;
    return explained("read", doing, async () => {
      const found = await this.#source().find(id);
      if (found === undefined) {
        // The engine takes "gone" from OrgConnection.get, which has nothing recorded, for found.
        if (props.connectionTypes === undefined) throw new UserError(doing, noSuchConnection);
        return { id: "" };
      }
      const outputs = outputsOf(found, props);
      const { sinkOrgId, connectionTypes } = outputs;
      return { id: found.id, props: outputs, inputs: { sinkOrgId, connectionTypes } };
    });
  }

  update(
    id: string,
    olds: OrgConnectionOutputs,
    { connectionTypes }: OrgConnectionInputs,
  ): Promise<dynamic.UpdateResult<OrgConnectionOutputs>> {
    return explained("update", `Cannot update the org connection ${id}`, async () => {
      const updated = await this.#source().update(id, connectionTypes);
      return { outs: outputsOf(updated, olds) };
    });
  }

  /** A connection that is gone already counts as deleted. */
  delete(id: string): Promise<void> {
    return explained("delete", `Cannot delete the org connection ${id}`, () =>
      this.#source().delete(id),
    );
  }

  #source(): SourceOrg {
    this.#sourceOrg ??= new SourceOrg(
      new OrgConnectionsClient(
        resolveSettings({
          config: this.#config ?? { get: () => undefined },
          environment: process.env,
        }),
      ),
    );
    return this.#sourceOrg;
  }

  /** Text on standard output becomes a message of the update. */
  #warnOfUnfamiliar(types: unknown): void {
    for (const type of unfamiliarTypes(types)) {
      if (this.#warned.has(type)) continue;
      this.#warned.add(type);
      console.log(`warning: connection type "${type}" isn't known to this package`);
    }
  }
}
