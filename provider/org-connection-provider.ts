import type { dynamic } from "@pulumi/pulumi";
import { sameTypes } from "./api/connection";
import { type Comparable, diffOrgConnection } from "./diff";
import { UserError, withUserErrors } from "./errors";
import { checkInputs, type OrgConnectionInputs, type RawInputs, unrecognizedTypes } from "./inputs";
import { createOrAdopt } from "./lifecycle/create-or-adopt";
import { ManagedConnections } from "./lifecycle/managed-connections";
import { OrgPool, type OrgPoolOptions } from "./orgs/org-pool";
import { inputsOf, type OrgConnectionOutputs, outputsOf } from "./outputs";
import { isUnknown } from "./unknown";

/** The lifecycle of an org connection: the operations that the Pulumi engine calls. */
export class OrgConnectionProvider
  implements dynamic.ResourceProvider<OrgConnectionInputs, OrgConnectionOutputs>
{
  readonly #options: OrgPoolOptions;
  readonly #reported = new Set<string>();
  readonly #managed = new ManagedConnections();
  #orgs: OrgPool;

  constructor({ clock }: Pick<OrgPoolOptions, "clock"> = {}) {
    const warn = (message: string) => this.#report(`warning: ${message}`);
    this.#options = { clock, warn };
    this.#orgs = new OrgPool({ config: new Map(), environment: process.env }, this.#options);
  }

  /** Only stores the configuration: the host doesn't wait for this before it makes other calls. */
  async configure({ config }: dynamic.ConfigureRequest): Promise<void> {
    this.#orgs = new OrgPool({ config, environment: process.env }, this.#options);
  }

  /** Checks what the program declares, and the configuration, before anything is sent. */
  async check(olds: RawInputs, news: RawInputs): Promise<dynamic.CheckResult> {
    const { inputs, failures } = checkInputs(news);
    const { profile, connectionTypes } = inputs;
    const isChecked = isUnknown(profile) || failures.some(({ property }) => property === "profile");
    if (!isChecked) failures.push(...this.#checkProfile(profile));
    if (failures.length > 0) return { inputs, failures };
    for (const type of unrecognizedTypes(connectionTypes)) {
      this.#report(`warning: connection type ${JSON.stringify(type)} isn't known to this package`);
    }
    failures.push(...failuresOf("", () => this.#managed.declare(olds ?? {}, inputs)));
    return { inputs, failures };
  }

  async diff(
    id: string,
    olds: Comparable & Pick<OrgConnectionOutputs, "sourceOrgId">,
    news: Comparable,
  ): Promise<dynamic.DiffResult> {
    const connectionId = id.toLowerCase();
    const result = diffOrgConnection(olds, news, (profile) =>
      this.#orgs.isSameSource(olds, profile),
    );
    if (result.replaces?.length !== 0) {
      this.#managed.replace(connectionId, olds, news);
      return result;
    }
    const isKept = await withUserErrors("diff", `Cannot keep the org connection ${id}`, () =>
      this.#managed.keep(connectionId, olds, news),
    );
    // The state recorded the connection for two resources and the other one gave it up: replace it.
    return isKept ? result : { changes: true, replaces: ["sinkOrgId"] };
  }

  create(inputs: OrgConnectionInputs): Promise<dynamic.CreateResult<OrgConnectionOutputs>> {
    const action = `Cannot create the org connection to ${inputs.sinkOrgId}`;
    return withUserErrors("create", action, async () => {
      const org = this.#orgs.get(inputs.profile);
      const connection = await this.#managed.acquire(inputs, () =>
        createOrAdopt(org, inputs, this.#managed),
      );
      return { id: connection.id, outs: outputsOf(connection, inputs) };
    });
  }

  /** Returns an empty id only for a recorded connection that is absent from a complete list. */
  read(
    id: string,
    props: Partial<OrgConnectionOutputs> = {},
  ): Promise<dynamic.ReadResult<OrgConnectionOutputs>> {
    return withUserErrors("read", `Cannot read the org connection ${id}`, async () => {
      const connectionId = id.toLowerCase();
      const org = this.#orgs.get(props.profile);
      const found = await org.byId(connectionId);
      if (found !== undefined) {
        const outputs = outputsOf(found, props);
        return { id: found.id, props: outputs, inputs: inputsOf(outputs) };
      }
      if (props.connectionTypes !== undefined) {
        await org.assertParticipant(props);
        this.#managed.markGone(connectionId);
        return { id: "" };
      }
      // OrgConnection.get records nothing, and the engine treats an empty id as found.
      throw new UserError(
        "no connection with this id is visible to these credentials. Check the id and the keys.",
      );
    });
  }

  update(
    id: string,
    olds: OrgConnectionOutputs,
    news: OrgConnectionInputs,
  ): Promise<dynamic.UpdateResult<OrgConnectionOutputs>> {
    return withUserErrors("update", `Cannot update the org connection ${id}`, async () => {
      const { profile, ...known } = olds;
      const recorded = { ...known, ...(news.profile && { profile: news.profile }) };
      // Only the name of the profile changed.
      if (sameTypes(olds.connectionTypes, news.connectionTypes)) return { outs: recorded };
      const connectionId = id.toLowerCase();
      const updated = await this.#managed.inTurn(connectionId, () =>
        this.#orgs.get(news.profile).update(connectionId, news.connectionTypes),
      );
      return { outs: outputsOf(updated, recorded) };
    });
  }

  /** Keeps a connection that another resource has; one that is already gone counts as deleted. */
  delete(id: string, props: Partial<OrgConnectionOutputs> = {}): Promise<void> {
    return withUserErrors("delete", `Cannot delete the org connection ${id}`, async () => {
      const connectionId = id.toLowerCase();
      const isDeleted = await this.#managed.delete(connectionId, props, () =>
        this.#orgs.get(props.profile).delete(connectionId, props),
      );
      if (isDeleted) return;
      this.#report(
        `the org connection ${id} wasn't deleted: another resource of the program manages it now`,
      );
    });
  }

  /** Reports why Datadog can't be called with a profile: it or its credentials are unusable. */
  #checkProfile(profile: unknown): dynamic.CheckFailure[] {
    return failuresOf("profile", () => {
      this.#orgs.get(typeof profile === "string" ? profile : undefined);
    });
  }

  /** Reports once. Text on standard output becomes a message of the update. */
  #report(message: string): void {
    if (this.#reported.has(message)) return;
    this.#reported.add(message);
    console.log(message);
  }
}

/** Runs a step and returns its error as failures of a check. */
function failuresOf(property: string, step: () => void): dynamic.CheckFailure[] {
  try {
    step();
    return [];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    // An error with its own action is about the configuration, not about a property.
    return [{ property: error.action === undefined ? property : "", reason: error.message }];
  }
}
