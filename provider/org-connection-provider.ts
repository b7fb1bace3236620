import { sameTypes } from "./api/connection";
import { type Comparable, diffOrgConnection, type OrgConnectionDiff } from "./diff";
import { UserError, withUserErrors } from "./errors";
import {
  type CheckedInputs,
  type CheckFailure,
  checkInputs,
  failuresOf,
  type OrgConnectionInputs,
  type RawInputs,
  unrecognizedTypes,
} from "./inputs";
import type { OtherProcesses } from "./lifecycle/connection-statuses";
import { createOrAdopt } from "./lifecycle/create-or-adopt";
import { ManagedConnections } from "./lifecycle/managed-connections";
import { OrgPool, type OrgPoolOptions } from "./orgs/org-pool";
import { inputsOf, type OrgConnectionOutputs, outputsOf } from "./outputs";
import { Settings, type SettingsSources } from "./settings";
import { isUnknown } from "./unknown";

export type Severity = "info" | "warning";

export interface ProviderOptions extends Pick<OrgPoolOptions, "clock"> {
  /** Shows the user a message. */
  readonly report: (severity: Severity, message: string) => void;
  /** The other processes that serve the same update. */
  readonly others?: OtherProcesses;
}

/** A connection as it was created or taken over. */
interface Created {
  readonly id: string;
  readonly outputs: OrgConnectionOutputs;
}

/** A connection as it was read; the id is empty if it is gone. */
interface Read {
  readonly id: string;
  readonly outputs?: OrgConnectionOutputs;
  readonly inputs?: OrgConnectionInputs;
}

/** The lifecycle of an org connection: the operations that the Pulumi engine calls. */
export class OrgConnectionProvider {
  readonly #options: ProviderOptions;
  readonly #reported = new Set<string>();
  #managed: ManagedConnections;
  #orgs: OrgPool;

  constructor(options: ProviderOptions) {
    this.#options = options;
    this.#managed = this.#newManaged();
    this.#orgs = this.#newOrgs(new Map());
  }

  /** Begins an operation. An engine that debugs a provider runs several with one process of it. */
  configure(config: SettingsSources["config"]): void {
    this.#managed = this.#newManaged();
    this.#orgs = this.#newOrgs(config);
  }

  /** Checks what the program declares, and the configuration, before anything is sent. */
  async check(olds: RawInputs, news: RawInputs): Promise<CheckedInputs> {
    const { inputs, failures } = checkInputs(news);
    const { profile, connectionTypes } = inputs;
    const isChecked = isUnknown(profile) || failures.some(({ property }) => property === "profile");
    if (!isChecked) failures.push(...this.#checkProfile(profile));
    if (failures.length > 0) return { inputs, failures };
    for (const type of unrecognizedTypes(connectionTypes)) {
      const quoted = JSON.stringify(type);
      this.#report("warning", `connection type ${quoted} isn't known to this package`);
    }
    failures.push(...failuresOf(() => this.#managed.declare(olds ?? {}, inputs)));
    return { inputs, failures };
  }

  async diff(
    id: string,
    olds: Comparable & Pick<OrgConnectionOutputs, "sourceOrgId">,
    news: Comparable,
  ): Promise<OrgConnectionDiff> {
    const connectionId = id.toLowerCase();
    const result = diffOrgConnection(olds, news, (profile) =>
      this.#orgs.isSameSource(olds, profile),
    );
    if (result.replaces.length > 0) {
      this.#managed.replace(connectionId, olds, news);
      return result;
    }
    const isKept = await withUserErrors("diff", `Cannot keep the org connection ${id}`, () =>
      this.#managed.keep(connectionId, olds, news),
    );
    if (isKept) return result;
    // The state recorded the connection for two resources and the other one gave it up: replace it.
    this.#managed.replace(connectionId, olds, news);
    return { updates: [], replaces: ["sinkOrgId"] };
  }

  create(inputs: OrgConnectionInputs): Promise<Created> {
    const action = `Cannot create the org connection to ${inputs.sinkOrgId}`;
    return withUserErrors("create", action, async () => {
      const org = this.#orgs.get(inputs.profile);
      const connection = await this.#managed.acquire(inputs, () =>
        createOrAdopt(org, inputs, this.#managed),
      );
      return { id: connection.id, outputs: outputsOf(connection, inputs) };
    });
  }

  /** Returns an empty id only for a recorded connection that is absent from a complete list. */
  read(id: string, recorded: Partial<OrgConnectionOutputs> = {}): Promise<Read> {
    return withUserErrors("read", `Cannot read the org connection ${id}`, async () => {
      const connectionId = id.toLowerCase();
      const org = this.#orgs.get(recorded.profile);
      const found = await org.byId(connectionId);
      if (found !== undefined) {
        const outputs = outputsOf(found, recorded);
        return { id: found.id, outputs, inputs: inputsOf(outputs) };
      }
      if (recorded.connectionTypes !== undefined) {
        await org.assertParticipant(recorded);
        this.#managed.markGone(connectionId);
        return { id: "" };
      }
      // Nothing is recorded of a connection that is read for the first time.
      throw new UserError(
        "no connection with this id is visible to these credentials. Check the id and the keys.",
      );
    });
  }

  update(
    id: string,
    olds: OrgConnectionOutputs,
    news: OrgConnectionInputs,
  ): Promise<OrgConnectionOutputs> {
    return withUserErrors("update", `Cannot update the org connection ${id}`, async () => {
      const { profile, ...known } = olds;
      const renamed = { ...known, ...(news.profile && { profile: news.profile }) };
      // Only the name of the profile changed.
      if (sameTypes(olds.connectionTypes, news.connectionTypes)) return renamed;
      const connectionId = id.toLowerCase();
      const updated = await this.#managed.inTurn(connectionId, () =>
        this.#orgs.get(news.profile).update(connectionId, news.connectionTypes),
      );
      return outputsOf(updated, renamed);
    });
  }

  /** Keeps a connection that another resource has; one that is already gone counts as deleted. */
  delete(id: string, recorded: Partial<OrgConnectionOutputs> = {}): Promise<void> {
    return withUserErrors("delete", `Cannot delete the org connection ${id}`, async () => {
      const connectionId = id.toLowerCase();
      const isDeleted = await this.#managed.delete(connectionId, recorded, () =>
        this.#orgs.get(recorded.profile).delete(connectionId, recorded),
      );
      if (isDeleted) return;
      this.#report(
        "info",
        `the org connection ${id} wasn't deleted: another resource of the program manages it now`,
      );
    });
  }

  #newManaged(): ManagedConnections {
    return new ManagedConnections(this.#options.others, this.#options.clock);
  }

  #newOrgs(config: SettingsSources["config"]): OrgPool {
    const warn = (message: string) => this.#report("warning", message);
    const settings = new Settings({ config, environment: process.env });
    return new OrgPool(settings, { clock: this.#options.clock, warn });
  }

  /** Reports why Datadog can't be called with a profile: it or its credentials are unusable. */
  #checkProfile(profile: unknown): CheckFailure[] {
    return failuresOf(() => {
      this.#orgs.get(typeof profile === "string" ? profile : undefined);
    });
  }

  /** Reports a message once. */
  #report(severity: Severity, message: string): void {
    if (this.#reported.has(message)) return;
    this.#reported.add(message);
    this.#options.report(severity, message);
  }
}
