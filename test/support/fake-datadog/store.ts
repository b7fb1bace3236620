import { randomUUID } from "node:crypto";
import {
  type Access,
  type CredentialOptions,
  CredentialStore,
  type Credentials,
  type Headers,
  type Identity,
} from "./credentials.ts";
import {
  newOrg,
  newUser,
  type Org,
  type OrgRef,
  orgKey,
  type User,
  type UserSeed,
} from "./orgs.ts";

/** An org connection as the service stores it. */
export interface Connection {
  readonly id: string;
  readonly sourceOrgId: string;
  readonly sinkOrgId: string;
  readonly types: readonly string[];
  /** With microseconds and `+00:00`, as the live service writes it. */
  readonly createdAt: string;
  readonly createdBy: User;
}

/** What a new connection gets; each property has a default. */
export interface ConnectionSeed {
  /** `nextId`, or else a random id. */
  readonly id?: string | undefined;
  /** Date-time; now by default. */
  readonly createdAt?: string | undefined;
  /** The person of the source org by default. */
  readonly createdBy?: User | undefined;
}

/** The orgs, their users and credentials, and the org connections. None of its methods is a request. */
export class Store {
  /** The service's clock in milliseconds of the Unix epoch, for `created_at` and the header `Date`. */
  now: () => number = Date.now;
  /** Whether a pair of orgs may have a second connection, which Datadog never allows. */
  allowDoubles = false;
  /** The id of the next new connection, such as that of a deleted one. Used once. */
  nextId: string | undefined;
  /** How many lists after a write show everything as it was before; `Infinity`: until it is 0. */
  listLag = 0;
  readonly #orgs = new Map<string, Org>();
  readonly #users = new Map<string, User>();
  readonly #managedOrgs = new Map<string, readonly OrgRef[]>();
  readonly #credentials = new CredentialStore();
  readonly #connections = new Map<string, Connection>();
  #stale: { readonly connections: readonly Connection[]; lists: number } | undefined;

  constructor(orgs: readonly Org[]) {
    for (const org of orgs) this.#add(org);
  }

  /** Every org, by its name of today. */
  get orgs(): readonly Org[] {
    return [...this.#orgs.values()];
  }

  /** Adds an org with its person and keys; a random id by default. Throws if the id is taken. */
  addOrg(name: string, id?: string): Org {
    return this.#add(newOrg(name, id));
  }

  renameOrg(org: OrgRef, name: string): void {
    this.#orgs.set(orgKey(org), { ...this.org(org), name });
  }

  findOrg(org: OrgRef): Org | undefined {
    return this.#orgs.get(orgKey(org));
  }

  /** Throws if there is no such org. */
  org(ref: OrgRef): Org {
    const org = this.findOrg(ref);
    if (!org) throw new Error(`there is no org ${orgKey(ref)}`);
    return org;
  }

  /** Makes an org the parent of others, which `GET /api/v2/org` then lists. */
  setManagedOrgs(parent: OrgRef, managed: readonly OrgRef[]): void {
    this.#managedOrgs.set(orgKey(parent), managed);
  }

  /** Undefined if the org isn't a parent. */
  managedOrgs(parent: OrgRef): Org[] | undefined {
    return this.#managedOrgs.get(orgKey(parent))?.map((ref) => this.org(ref));
  }

  /** Adds a user, who can own credentials and connections. */
  addUser(org: OrgRef, seed: UserSeed = {}): User {
    const user = newUser(this.org(org).id, seed);
    this.#users.set(user.id, user);
    return user;
  }

  findUser(orgId: string, userId: string): User | undefined {
    const user = this.#users.get(userId.toLowerCase());
    return user?.orgId === orgId ? user : undefined;
  }

  /** Throws if the org has no such user. */
  user(orgId: string, userId: string): User {
    const user = this.findUser(orgId, userId);
    if (!user) throw new Error(`the org ${orgId} has no user ${userId}`);
    return user;
  }

  /** Disables a user: refuses their credentials and deletes their connections, as Datadog does. */
  deactivate({ orgId, id }: User): void {
    this.#users.set(id, { ...this.user(orgId, id), status: "Disabled" });
    for (const connection of this.connections) {
      if (connection.createdBy.id === id) this.remove(connection.id);
    }
  }

  /** Adds credentials of an org. An API key may be one that the org already has. */
  addCredentials(
    ref: OrgRef,
    credentials: Credentials,
    access: Access = "write",
    { user, identifies = true, canReadUsers = true }: CredentialOptions = {},
  ): void {
    const org = this.org(ref);
    const { id: userId } = this.user(org.id, (user ?? org.user).id);
    this.#credentials.add(credentials, { orgId: org.id, userId, access, identifies, canReadUsers });
  }

  /** Revokes an API key, an application key or a token. Throws if it isn't known. */
  revoke(secret: string): void {
    this.#credentials.revoke(secret);
  }

  orgIdOfApiKey(apiKey: string): string | undefined {
    return this.#credentials.orgIdOfApiKey(apiKey);
  }

  /** Who sent a request with these headers. */
  identify(headers: Headers): Identity {
    const identity = this.#credentials.identify(headers);
    if (identity.kind === "denied") return identity;
    const { orgId, userId } = identity;
    const isDisabled = this.user(orgId, userId).status === "Disabled";
    return isDisabled ? { kind: "denied", orgId, reason: "wrong" } : identity;
  }

  /** Every org connection, oldest first. */
  get connections(): readonly Connection[] {
    return [...this.#connections.values()];
  }

  findConnection(id: string): Connection | undefined {
    return this.#connections.get(id.toLowerCase());
  }

  isConnected(source: Org, sink: Org): boolean {
    for (const { sourceOrgId, sinkOrgId } of this.#connections.values()) {
      if (sourceOrgId === source.id && sinkOrgId === sink.id) return true;
    }
    return false;
  }

  /** The connections that the next list shows. */
  takeListed(): readonly Connection[] {
    if (this.listLag === 0) this.#stale = undefined;
    if (this.#stale === undefined) return this.connections;
    const { connections } = this.#stale;
    this.#stale.lists -= 1;
    if (this.#stale.lists <= 0) this.#stale = undefined;
    return connections;
  }

  /** Connects two orgs. Throws if they are connected already; no other rule is checked. */
  connect(
    pair: ConnectionSeed & { source: OrgRef; sink: OrgRef; types: readonly string[] },
  ): Connection {
    const source = this.org(pair.source);
    const sink = this.org(pair.sink);
    if (this.isConnected(source, sink) && !this.allowDoubles) {
      throw new Error(`${source.name} and ${sink.name} are connected already`);
    }
    const connection: Connection = {
      id: pair.id ?? this.nextId ?? randomUUID(),
      sourceOrgId: source.id,
      sinkOrgId: sink.id,
      types: [...pair.types],
      createdAt: pair.createdAt ?? timestamp(this.now(), this.#connections.size),
      createdBy: pair.createdBy ?? source.user,
    };
    if (pair.id === undefined) this.nextId = undefined;
    this.#keepStale();
    this.#connections.set(connection.id, connection);
    return connection;
  }

  /** Changes the types of a connection. Throws if there is no such connection. */
  setTypes(id: string, types: readonly string[]): Connection {
    const changed = { ...this.#connection(id), types: [...types] };
    this.#keepStale();
    this.#connections.set(changed.id, changed);
    return changed;
  }

  /** Deletes a connection. Throws if there is no such connection. */
  remove(id: string): void {
    const connection = this.#connection(id);
    this.#keepStale();
    this.#connections.delete(connection.id);
  }

  #add(org: Org): Org {
    if (this.findOrg(org)) throw new Error(`there is an org ${org.id} already`);
    this.#orgs.set(orgKey(org), org);
    this.#users.set(org.user.id, org.user);
    this.addCredentials(org, org);
    return org;
  }

  #connection(id: string): Connection {
    const connection = this.findConnection(id);
    if (!connection) throw new Error(`there is no org connection ${id}`);
    return connection;
  }

  /** Called before each write: keeps what the next lists show, if they lag. */
  #keepStale(): void {
    const connections = this.#stale?.connections ?? this.connections;
    this.#stale = this.listLag === 0 ? undefined : { connections, lists: this.listLag };
  }
}

/** A date-time, with `micros` as the three digits that JavaScript's clock lacks. */
function timestamp(now: number, micros: number): string {
  const millis = new Date(now).toISOString().slice(0, -1);
  return `${millis}${String(micros % 1000).padStart(3, "0")}+00:00`;
}
