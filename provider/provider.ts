import { systemClock } from "./api/clock";
import { type Connection, sameTypes } from "./api/connection";
import { printable } from "./api/text";
import { assertOwnSource, assertReplaceable, createOrAdopt } from "./create-or-adopt";
import { diffOrgConnection, type OrgConnectionDiff } from "./diff";
import { type Operation, RepeatedReasons, toUserError, UserError } from "./errors";
import {
  type CheckedInputs,
  type CheckFailure,
  checkInputs,
  failuresOf,
  type OrgConnectionInputs,
  type RawInputs,
  unrecognizedTypes,
} from "./inputs";
import { type ListFilter, listConnections } from "./listing";
import { OrgPool, type OrgsOptions } from "./org";
import {
  connectionIdOf,
  inputsOf,
  type OrgConnectionOutputs,
  outputsOf,
  type Recorded,
  recordedOf,
} from "./outputs";
import { Ownership } from "./ownership";
import { shownName } from "./profile-names";
import { Settings, type SettingsInput } from "./settings";
import { isUnknown } from "./unknown";

export type Severity = "info" | "warning";

export interface ProviderOptions extends Pick<OrgsOptions, "clock"> {
  /** Shows the user a message. */
  readonly report: (severity: Severity, message: string) => void;
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

/**
 * The lifecycle of an org connection: the operations that the Pulumi engine calls.
 *
 * Each takes the URN of the resource, if the engine passes it.
 */
export class OrgConnectionProvider {
  readonly #options: ProviderOptions;
  readonly #reported = new Set<string>();
  readonly #repeated = new RepeatedReasons();
  readonly #ownership = new Ownership();
  #orgs: OrgPool;

  constructor(options: ProviderOptions) {
    this.#options = options;
    this.#orgs = this.#newOrgs(new Map());
  }

  /** Sets the configuration. The engine makes a provider for each of its operations, and configures it once. */
  configure(config: SettingsInput["config"]): void {
    this.#orgs = this.#newOrgs(config);
  }

  /** Checks what the program declares, and the configuration, before anything is sent. */
  async check(olds: RawInputs, news: RawInputs, urn?: string): Promise<CheckedInputs> {
    const { inputs, failures } = checkInputs(news);
    const { profile, connectionTypes } = inputs;
    const isName = typeof profile === "string" && profile !== "" && !isUnknown(profile);
    if (profile === undefined || isName) {
      failures.push(...this.#checkProfile(profile));
    }
    if (failures.length > 0) return { inputs, failures };
    for (const type of unrecognizedTypes(connectionTypes)) {
      const unrecognized = `connection type ${shownName(type)} isn't known to this package`;
      const advice = "It is sent unchanged; check its spelling if Datadog refuses it.";
      this.#report("warning", `${unrecognized}. ${advice}`);
    }
    failures.push(
      ...failuresOf(() => {
        this.#ownership.announce({ urn, recorded: recordedOf(olds), declared: inputs });
      }),
    );
    return { inputs, failures };
  }

  /** Compares the declared connection with the recorded one, and records whether it is kept. */
  diff(
    id: string,
    olds: Recorded,
    news: Partial<OrgConnectionInputs>,
    urn?: string,
  ): Promise<OrgConnectionDiff> {
    const action = `Cannot compare the org connection ${id} with the program`;
    return this.#run("diff", action, async () => {
      const connectionId = connectionIdOf(id);
      const recorded = recordedOf(olds);
      const declaration = { urn, recorded, declared: news };
      const result = diffOrgConnection(recorded, news, this.#orgs.expectedOrgId(news.profile));
      const isReplaced = result.replaces.length > 0;
      if (!isReplaced && (await this.#ownership.keep(connectionId, declaration))) return result;
      this.#ownership.markReplaced(connectionId, declaration);
      return isReplaced ? result : { updates: [], replaces: ["id"] };
    });
  }

  /** Creates the declared connection, or imports or adopts the one that exists. */
  create(inputs: OrgConnectionInputs, urn?: string): Promise<Created> {
    const action = `Cannot create the org connection to ${inputs.sinkOrgId}`;
    return this.#run("create", action, async () => {
      const org = this.#orgs.get(inputs.profile);
      const { clock = systemClock } = this.#options;
      const ownership = this.#ownership;
      const connection = await createOrAdopt({ inputs, urn, org, ownership, clock });
      return { id: connection.id, outputs: outputsOf(connection, inputs) };
    });
  }

  /**
   * Reads a connection. Returns an empty id only for a recorded one that is gone.
   *
   * @param olds Has no types on a first read (`get`, import).
   * @param isImport The resource will manage the connection, so the credentials must be those of its source.
   */
  read(id: string, olds: Recorded = {}, { isImport = false } = {}): Promise<Read> {
    const action = `Cannot read the org connection ${id}`;
    return this.#run("read", action, async () => {
      const connectionId = connectionIdOf(id);
      const recorded = recordedOf(olds);
      const found =
        recorded.connectionTypes === undefined
          ? await this.#readFirst(connectionId, recorded.profile, isImport)
          : await this.#orgs.findRecorded(connectionId, recorded, action);
      if (found === undefined) {
        this.#ownership.markGone(connectionId);
        return { id: "" };
      }
      const outputs = outputsOf(found, recorded);
      return { id: found.id, outputs, inputs: inputsOf(outputs) };
    });
  }

  async #readFirst(
    id: string,
    profile: string | undefined,
    isImport: boolean,
  ): Promise<Connection> {
    const org = this.#orgs.get(profile);
    const found = await org.byId(id);
    if (found === undefined) {
      throw new UserError(
        "these credentials see no connection with this id. Check the id, and that the credentials belong " +
          "to its source or its sink.",
      );
    }
    if (isImport) {
      await assertOwnSource(org, found).catch((error: unknown) => {
        if (!(error instanceof UserError)) throw error;
        throw new UserError(`${error.reason} ${onlyToRead}`);
      });
    }
    return found;
  }

  /** Sends other types to Datadog; everything else is only recorded. */
  update(
    id: string,
    olds: OrgConnectionOutputs,
    news: OrgConnectionInputs,
  ): Promise<OrgConnectionOutputs> {
    return this.#run("update", `Cannot update the org connection ${id}`, async () => {
      const { profile, ...known } = olds;
      const renamed = { ...known, ...(news.profile && { profile: news.profile }) };
      // Nothing changes in Datadog: a profile was renamed, or the resource moved from another provider.
      if (sameTypes(olds.connectionTypes, news.connectionTypes)) return renamed;
      const connectionId = connectionIdOf(id);
      const updated = await this.#ownership.inTurn(connectionId, () =>
        this.#orgs.get(news.profile).update(connectionId, news.connectionTypes, recordedOf(olds)),
      );
      return outputsOf(updated, renamed);
    });
  }

  /** Deletes a connection, unless another resource owns it. One that is already gone counts as deleted. */
  delete(id: string, olds: Recorded = {}, urn?: string): Promise<void> {
    return this.#run("delete", `Cannot delete the org connection ${id}`, async () => {
      const connectionId = connectionIdOf(id);
      const recorded = recordedOf(olds);
      const owner = await this.#ownership.delete(
        connectionId,
        urn,
        recorded,
        async (isReplaced) => {
          const org = this.#orgs.get(recorded.profile);
          if (isReplaced) await assertReplaceable(org, this.#ownership.sourcesOf(recorded));
          await org.delete(connectionId, recorded);
        },
      );
      if (owner === undefined) return;
      this.#report("info", `the org connection ${id} wasn't deleted: ${owner} manages it now`);
    });
  }

  /** Lists connections, as {@link listConnections} does. */
  list(filter: ListFilter): Promise<Connection[]> {
    return listConnections(this.#orgs, filter);
  }

  #newOrgs(config: SettingsInput["config"]): OrgPool {
    const warn = (message: string) => this.#report("warning", message);
    const settings = new Settings({ config, environment: process.env });
    return new OrgPool(settings, { clock: this.#options.clock, warn });
  }

  /** Reports why Datadog can't be called with a profile: it or its credentials are unusable. */
  #checkProfile(profile: string | undefined): CheckFailure[] {
    const failures = failuresOf(() => {
      this.#orgs.get(profile);
    });
    return failures.map(({ property, reason }) => ({
      property,
      reason: this.#repeated.shorten(reason),
    }));
  }

  /** Runs an operation. A long reason that was reported before becomes a reference to the first message. */
  async #run<T>(operation: Operation, action: string, run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (thrown) {
      const error = toUserError(operation, action, thrown);
      throw new UserError(this.#repeated.shorten(error.reason, `"${action}"`), error.action);
    }
  }

  /** Reports a message once in an operation. */
  #report(severity: Severity, message: string): void {
    const text = printable(message);
    if (this.#reported.has(text)) return;
    this.#reported.add(text);
    this.#options.report(severity, text);
  }
}

const onlyToRead =
  "To only read the connection (`get`) with the sink's credentials, pass a property of it, such as sinkOrgId.";
