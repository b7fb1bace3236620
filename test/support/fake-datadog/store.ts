import { randomUUID } from "node:crypto";
import { HttpError } from "./http.ts";
import { newOrg, newUser, type Org, orgs, type User, type UserSeed } from "./orgs.ts";

/** An org, or its id. */
type OrgRef = string | Pick<Org, "id">;

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

/** What an application key or token may do. */
export interface Grant {
  /** The user that the credentials act as; the org's person by default. */
  readonly user: User;
  /** `write` includes reading; `none` lacks even `org_connections_read`. */
  readonly access: "write" | "read" | "none";
  /** `false`: `current_user` answers 403, as it may for OAuth tokens and keys with scopes. */
  readonly identifies: boolean;
  /** Whether they have the permission `user_access_read`. */
  readonly canReadUsers: boolean;
}

/** Request headers by their lower-case names. */
export type Headers = Readonly<Record<string, string>>;

/** The orgs, their users and credentials, and the org connections. Its methods send no requests. */
export class Store {
  /** The service's clock in milliseconds of the Unix epoch, for `created_at` and the header `Date`. */
  now: () => number = Date.now;
  /** Whether a pair of orgs may have a second connection, which Datadog never allows. */
  allowDoubles = false;
  /** The id of the next new connection, such as that of a deleted one. Used once. */
  nextId: string | undefined;
  readonly #orgs = new Map<string, Org>();
  readonly #users = new Map<string, User>();
  readonly #managedOrgs = new Map<string, readonly OrgRef[]>();
  /** The ids of the orgs, by their API keys. */
  readonly #apiKeys = new Map<string, string>();
  /** By the application key, or by the header `Authorization`. */
  readonly #grants = new Map<string, Grant>();
  readonly #connections = new Map<string, Connection>();

  constructor() {
    for (const org of Object.values(orgs)) this.#add(org);
  }

  /** Every org, with its current name. */
  get orgs(): readonly Org[] {
    return [...this.#orgs.values()];
  }

  /** Adds an org with its person and keys; a random id by default. */
  addOrg(name: string, id?: string): Org {
    return this.#add(newOrg(name, id));
  }

  #add(org: Org): Org {
    this.#orgs.set(org.id, org);
    this.#users.set(org.user.id, org.user);
    this.addCredentials(org, org);
    return org;
  }

  renameOrg(org: OrgRef, name: string): void {
    this.#orgs.set(idOf(org), { ...this.org(org), name });
  }

  findOrg(org: OrgRef): Org | undefined {
    return this.#orgs.get(idOf(org));
  }

  /** Throws if there is no such org. */
  org(org: OrgRef): Org {
    return found(this.findOrg(org), `org ${idOf(org)}`);
  }

  /** Makes an org the parent of others, which `GET /api/v2/org` then lists. */
  setManagedOrgs(parent: OrgRef, managed: readonly OrgRef[]): void {
    this.#managedOrgs.set(idOf(parent), managed);
  }

  /** Undefined if the org isn't a parent. */
  managedOrgs(parent: OrgRef): Org[] | undefined {
    return this.#managedOrgs.get(idOf(parent))?.map((org) => this.org(org));
  }

  /** Adds a user, who can own credentials and connections. */
  addUser(org: OrgRef, seed: UserSeed = {}): User {
    const user = newUser(idOf(org), seed);
    this.#users.set(user.id, user);
    return user;
  }

  findUser(id: string): User | undefined {
    return this.#users.get(id);
  }

  /** Disables a user: refuses their credentials and deletes their connections, as Datadog does. */
  deactivate(user: User): void {
    this.#users.set(user.id, { ...user, status: "Disabled" });
    for (const { id, createdBy } of this.connections) if (createdBy.id === user.id) this.remove(id);
  }

  /** Adds keys or a token of an org. An API key may be one that the org already has. */
  addCredentials(
    org: OrgRef,
    credentials: Pick<Org, "apiKey" | "appKey"> | { readonly token: string },
    access: Grant["access"] = "write",
    options: Partial<Omit<Grant, "access">> = {},
  ): void {
    const { id, user } = this.org(org);
    const grant = { user, access, identifies: true, canReadUsers: true, ...options };
    if ("token" in credentials) {
      this.#grants.set(`Bearer ${credentials.token}`, grant);
    } else {
      this.#apiKeys.set(credentials.apiKey, id);
      this.#grants.set(credentials.appKey, grant);
    }
  }

  /** Revokes an API key, an application key or a token. */
  revoke(secret: string): void {
    this.#apiKeys.delete(secret);
    this.#grants.delete(secret);
    this.#grants.delete(`Bearer ${secret}`);
  }

  orgIdOfApiKey(apiKey: string): string | undefined {
    return this.#apiKeys.get(apiKey);
  }

  /** Who sent a request with these headers. */
  identify(headers: Headers) {
    const { authorization, "dd-api-key": apiKey = "", "dd-application-key": appKey = "" } = headers;
    const grant = this.#grants.get(authorization ?? appKey);
    const orgId = authorization === undefined ? this.orgIdOfApiKey(apiKey) : grant?.user.orgId;
    const isValid =
      grant?.user.orgId === orgId && this.findUser(grant?.user.id ?? "")?.status === "Active";
    return {
      /** The org of the API key or token, if the service knows it. */
      orgId,
      /** Whether a token or both keys were sent. */
      isComplete: authorization !== undefined || (apiKey !== "" && appKey !== ""),
      /** Undefined if the credentials aren't valid. */
      grant: isValid ? grant : undefined,
    };
  }

  /** Every org connection, oldest first. */
  get connections(): readonly Connection[] {
    return [...this.#connections.values()];
  }

  findConnection(id: string): Connection | undefined {
    return this.#connections.get(id);
  }

  /** Connects two orgs. Throws a 409 if they are connected already; checks no other rule. */
  connect(pair: {
    readonly source: OrgRef;
    readonly sink: OrgRef;
    readonly types: readonly string[];
    /** `nextId`, or else a random id, by default. */
    readonly id?: string;
    /** Now by default. */
    readonly createdAt?: string;
    /** The person of the source org by default. */
    readonly createdBy?: User;
  }): Connection {
    const [source, sink] = [this.org(pair.source), this.org(pair.sink)];
    const isConnected = this.connections.some(
      ({ sourceOrgId, sinkOrgId }) => sourceOrgId === source.id && sinkOrgId === sink.id,
    );
    if (isConnected && !this.allowDoubles) {
      const text = `connection between orgs ${source.id} and ${sink.id} already exists`;
      throw new HttpError(409, text);
    }
    const connection: Connection = {
      id: pair.id ?? this.nextId ?? randomUUID(),
      sourceOrgId: source.id,
      sinkOrgId: sink.id,
      types: [...pair.types],
      createdAt: pair.createdAt ?? timestamp(this.now(), this.#connections.size),
      createdBy: pair.createdBy ?? source.user,
    };
    this.nextId = undefined;
    this.#connections.set(connection.id, connection);
    return connection;
  }

  /** Changes the types of a connection. Throws if there is no such connection. */
  setTypes(id: string, types: readonly string[]): Connection {
    const connection = found(this.findConnection(id), `org connection ${id}`);
    const changed = { ...connection, types: [...types] };
    this.#connections.set(id, changed);
    return changed;
  }

  /** Deletes a connection. Throws if there is no such connection. */
  remove(id: string): void {
    found(this.findConnection(id), `org connection ${id}`);
    this.#connections.delete(id);
  }
}

const idOf = (org: OrgRef) => (typeof org === "string" ? org : org.id);

function found<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`there is no ${what}`);
  return value;
}

/** A date-time, with `micros` as the three digits that JavaScript's clock lacks. */
function timestamp(now: number, micros: number): string {
  const millis = new Date(now).toISOString().slice(0, -1);
  return `${millis}${String(micros % 1000).padStart(3, "0")}+00:00`;
}
