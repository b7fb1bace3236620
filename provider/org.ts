import { type ClientOptions, type CreatedConnection, OrgConnectionsClient } from "./api/client";
import { type Clock, systemClock } from "./api/clock";
import type { Connection, Orgs } from "./api/connection";
import type { ConnectionList } from "./api/connection-list";
import { printable } from "./api/text";
import type { CurrentUser } from "./api/wire";
import { UserError, withUserErrors } from "./errors";
import { assertWouldSee, findRecorded } from "./gone";
import { askIdentity, assertExpected, type Identity, ofProfile, ownOrgId } from "./identity";
import { assertSupportedNode } from "./node-version";
import type { Recorded } from "./outputs";
import { canonicalProfile, shownName } from "./profile-names";
import type { OrgSettings, Settings } from "./settings";

const quietWaitSeconds = 5;
const identityWaitSeconds = 1;

export interface OrgsOptions extends Pick<ClientOptions, "clock"> {
  /** Shows the user a warning. */
  readonly warn?: (message: string) => void;
}

/** The orgs that own the credentials of a program: one `Org` for each profile, created on first use. */
export class OrgPool {
  readonly #settings: Settings;
  readonly #options: OrgsOptions;
  readonly #orgs = new Map<string | undefined, Org>();
  /** A write with one profile can change what another profile lists. */
  readonly #writes: Writes = { count: 0 };

  constructor(settings: Settings, options: OrgsOptions = {}) {
    this.#settings = settings;
    this.#options = options;
  }

  /**
   * @param profile In any spelling. Without one: the org of the top-level credentials.
   * @throws UserError as {@link Settings.of} does, and if Node.js is too old.
   */
  get(profile: string | undefined): Org {
    const name = profile === undefined ? undefined : canonicalProfile(profile);
    let org = this.#orgs.get(name);
    if (org === undefined) {
      assertSupportedNode(process.versions);
      org = new Org(this.#settings.of(name), name, this.#options, this.#writes);
      this.#orgs.set(name, org);
    }
    return org;
  }

  /**
   * Reads a recorded connection. If the org of `readProfile` is its source or its sink, reads it with that
   * profile, so that one list is enough for many profiles. Otherwise reads it with its own profile.
   *
   * @param action What is being done, for an error that names `readProfile`.
   * @returns `undefined` if it is gone.
   * @throws ApiError or UserError as {@link findRecorded} does.
   */
  async findRecorded(
    id: string,
    recorded: Recorded,
    action: string,
  ): Promise<Connection | undefined> {
    const { readProfile } = this.#settings;
    if (readProfile !== undefined) {
      const through = `${action} through readProfile ${shownName(readProfile)}`;
      const read = await withUserErrors("read", through, async () => {
        const hub = this.get(readProfile);
        const hubId = await hub.ownId();
        const takesPart =
          hubId !== undefined && [recorded.sourceOrgId, recorded.sinkOrgId].includes(hubId);
        return takesPart ? { found: await findRecorded(hub, id, recorded) } : undefined;
      });
      if (read) return read.found;
    }
    return findRecorded(this.get(recorded.profile), id, recorded);
  }

  /** The setting `orgId` of a profile; `undefined` also if the profile is unusable. */
  expectedOrgId(profile: string | undefined): string | undefined {
    try {
      return this.get(profile).expectedOrgId;
    } catch {
      return undefined; // `check` reports why
    }
  }
}

/** How many writes the orgs of a pool have sent. */
interface Writes {
  count: number;
}

/**
 * The connections of the org that owns the credentials. All reads share one list until this process
 * writes. A failed list is shared too, so that a thousand reads don't repeat it one after the other.
 */
export class Org {
  readonly client: OrgConnectionsClient;
  /** The setting `orgId`. */
  readonly expectedOrgId: string | undefined;
  readonly #clock: Clock;
  readonly #profile: string | undefined;
  readonly #warn: (message: string) => void;
  readonly #writes: Writes;
  #list: Promise<ConnectionList> | undefined;
  /** The number of writes before the list was read. */
  #writesBeforeList = 0;
  #identity: Promise<Partial<CurrentUser>> | undefined;
  /** Identity requested together with the first POST; empty if that request failed. */
  #earlyIdentity: Promise<Partial<CurrentUser>> | undefined;
  #earlyIdentityInTime: Promise<Partial<CurrentUser>> | undefined;

  constructor(
    { orgId, ...settings }: OrgSettings,
    profile: string | undefined,
    { clock = systemClock, warn = () => {} }: OrgsOptions,
    writes: Writes,
  ) {
    this.#warn = (message) => warn(printable(message));
    const onWait = firstLongWait(this.#warn);
    this.client = new OrgConnectionsClient({ ...settings, clock, onWait });
    this.#clock = clock;
    this.#profile = profile;
    this.expectedOrgId = orgId;
    this.#writes = writes;
  }

  /** Every connection, as source or sink, by id. */
  list(): Promise<ConnectionList> {
    if (this.#writesBeforeList !== this.#writes.count) this.#list = undefined;
    this.#writesBeforeList = this.#writes.count;
    // Not ended by one call's timeout, because other calls share the list.
    this.#list ??= this.#clock.withoutEnd(() => this.listBetween({}));
    return this.#clock.untilEnd(this.#list);
  }

  /** The connections between these orgs, read anew. */
  async listBetween(orgs: Orgs): Promise<ConnectionList> {
    const list = await this.client.list(orgs);
    if (list.malformed) this.#warn(`${list.malformed.message}. The other connections were read.`);
    return list;
  }

  /** The connection of this id. Reads the list a second time before it returns `undefined`. */
  async byId(id: string): Promise<Connection | undefined> {
    const listed = this.list();
    const before = this.#list;
    const found = (await listed).get(id);
    if (found) return found;
    if (this.#list === before) this.#list = undefined; // else it is newer already
    const list = await this.list();
    if (!list.has(id) && list.malformed) throw list.malformed;
    return list.get(id);
  }

  /**
   * Creates a connection. Requests the identity together with the first POST, to warn if the credentials
   * belong to a person.
   *
   * @throws AlreadyConnectedError if the two orgs are already connected.
   * @throws UserError if the source isn't the org that the settings name.
   */
  async create(sinkOrgId: string, connectionTypes: readonly string[]): Promise<CreatedConnection> {
    await this.assertExpected();
    const creating = this.#write(() => this.client.create(sinkOrgId, connectionTypes));
    this.#earlyIdentity ??= (this.#identity ?? this.client.currentUserOnce()).catch(() => ({}));
    const created = await creating;
    const { sourceOrgId = this.expectedOrgId } = created.connection;
    if (this.expectedOrgId !== undefined && sourceOrgId !== this.expectedOrgId) {
      await this.#undo(created);
    }
    await this.#warnOfPerson();
    return created;
  }

  async update(id: string, connectionTypes: readonly string[], orgs: Orgs): Promise<Connection> {
    await this.assertExpected();
    return this.#write(() => this.client.update(id, connectionTypes, orgs));
  }

  /**
   * Deletes a connection; one that is already gone counts as deleted.
   *
   * @throws UserError if it may only be invisible to these credentials.
   */
  async delete(id: string, recorded: Orgs): Promise<void> {
    await this.assertExpected();
    const isConfirmed = await this.#write(() => this.client.delete(id, recorded));
    if (!isConfirmed) assertWouldSee(await this.identity(), recorded);
  }

  /** User and org of the credentials. Asked once. */
  async identity(): Promise<Identity> {
    this.#identity ??= this.#clock.withoutEnd(async () => {
      const early = await this.#earlyIdentity;
      return early?.orgId === undefined ? askIdentity(this.client) : early;
    });
    const named = await this.#clock.untilEnd(this.#identity);
    return { ...named, expectedOrgId: this.expectedOrgId, profile: this.#profile };
  }

  /** Whether the credentials belong to this org; false if the early identity isn't known. */
  async credentialsBelongTo(orgId: string): Promise<boolean> {
    return (await this.#identityInTime()).orgId === orgId;
  }

  /** @throws UserError if the credentials belong to another org than the settings name. */
  async assertExpected(): Promise<void> {
    if (this.expectedOrgId !== undefined) assertExpected(await this.identity());
  }

  /** The org of the credentials, as Datadog or the settings name it. */
  async ownId(): Promise<string | undefined> {
    return ownOrgId(await this.identity());
  }

  async #write<T>(write: () => Promise<T>): Promise<T> {
    try {
      return await write();
    } finally {
      this.#writes.count += 1; // also after a failure: it may have been applied
    }
  }

  /** Deletes what was created for the wrong org, even if the operation has to end. */
  async #undo({ connection, isConfirmed }: CreatedConnection): Promise<never> {
    const { id, sourceOrgId, sinkOrgId } = connection;
    const undo = () => this.#write(() => this.client.delete(id, connection));
    const isUndone =
      isConfirmed &&
      (await this.#clock.withoutEnd(undo).then(
        () => true,
        () => false,
      ));
    throw new UserError(
      `Datadog created the connection ${id} from the source org ${sourceOrgId} to the sink org ` +
        `${sinkOrgId}, but orgId is ${this.expectedOrgId}. ` +
        `${isUndone ? "It was deleted again." : `Delete it by hand in the org ${sourceOrgId}.`} ` +
        `Set credentials of the org ${this.expectedOrgId}, or correct orgId.`,
    );
  }

  /** The early identity; empty if it takes longer than a second after the first answer to a POST. */
  #identityInTime(): Promise<Partial<CurrentUser>> {
    this.#earlyIdentityInTime ??= new Promise((resolve) => {
      const timeout = this.#clock.timeout(identityWaitSeconds);
      timeout.addEventListener("abort", () => resolve({}));
      void this.#earlyIdentity?.then(resolve);
    });
    return this.#earlyIdentityInTime;
  }

  async #warnOfPerson(): Promise<void> {
    const { user } = await this.#identityInTime();
    if (user === undefined || user.isServiceAccount) return;
    this.#warn(
      `the credentials${ofProfile(this.#profile)} belong to ${user.name}, a person. Datadog deletes the ` +
        "connections that they create when that person's account is deactivated. Use the keys of a " +
        "service account.",
    );
  }
}

/** Warns once, before the first wait that is long enough for a user to notice. */
function firstLongWait(warn: (message: string) => void): ClientOptions["onWait"] {
  let hasWarned = false;
  return (reason, seconds) => {
    if (hasWarned || seconds <= quietWaitSeconds) return;
    hasWarned = true;
    warn(`${reason}; retrying in ${Math.ceil(seconds)} s`);
  };
}
