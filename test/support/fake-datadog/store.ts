import { type Connection, Connections } from "./connections.ts";
import {
  type Access,
  type CredentialOptions,
  type Credentials,
  type Headers,
  type Identity,
  Keyring,
} from "./credentials.ts";
import { type Org, type OrgRef, orgKey, type User } from "./orgs.ts";

/** What the service has stored: its orgs, their credentials, and the org connections. */
export class World {
  readonly keyring = new Keyring();
  readonly connections = new Connections();
  readonly #orgs = new Map<string, Org>();
  readonly #users = new Map<string, User>();
  readonly #managedOrgs = new Map<string, readonly string[]>();

  addOrg(org: Org): Org {
    if (this.#orgs.has(orgKey(org))) throw new Error(`there is an org ${org.id} already`);
    this.#orgs.set(orgKey(org), org);
    this.#users.set(org.user.id, org.user);
    this.addCredentials(org, org, "write");
    return org;
  }

  addUser(user: User): User {
    this.#users.set(user.id, user);
    return user;
  }

  /** A user by its id, if it belongs to this org. */
  findUser(orgId: string, id: string): User | undefined {
    const user = this.#users.get(id.toLowerCase());
    return user?.orgId === orgId ? user : undefined;
  }

  /** The user, which has to exist. */
  user(orgId: string, id: string): User {
    const user = this.findUser(orgId, id);
    if (!user) throw new Error(`the org ${orgId} has no user ${id}`);
    return user;
  }

  /** Disables a user: the connections that they created are deleted. */
  deactivate({ orgId, id }: User): void {
    this.#users.set(id, { ...this.user(orgId, id), status: "Disabled" });
    for (const connection of this.connections.all()) {
      if (connection.createdBy.id === id) this.connections.remove(connection);
    }
  }

  addCredentials(
    ref: OrgRef,
    credentials: Credentials,
    access: Access,
    { user, identifies = true, canReadUsers = true }: CredentialOptions = {},
  ): void {
    const org = this.org(ref);
    const { id: userId } = this.user(org.id, (user ?? org.user).id);
    this.keyring.add(credentials, { orgId: org.id, userId, access, identifies, canReadUsers });
  }

  /** Who sent a request. A disabled user is refused as a wrong application key is. */
  identify(headers: Headers): Identity {
    const identity = this.keyring.identify(headers);
    if (identity.kind === "denied") return identity;
    const { orgId, userId } = identity;
    const isDisabled = this.user(orgId, userId).status === "Disabled";
    return isDisabled ? { kind: "denied", orgId, status: 403 } : identity;
  }

  /** The orgs that an org manages; undefined if it was never made a parent. */
  managedOrgs(parent: OrgRef): Org[] | undefined {
    return this.#managedOrgs.get(orgKey(parent))?.map((id) => this.org(id));
  }

  setManagedOrgs(parent: OrgRef, managed: readonly OrgRef[]): void {
    this.#managedOrgs.set(
      orgKey(parent),
      managed.map((ref) => this.org(ref).id),
    );
  }

  renameOrg(ref: OrgRef, name: string): void {
    this.#orgs.set(orgKey(ref), { ...this.org(ref), name });
  }

  orgs(): Org[] {
    return [...this.#orgs.values()];
  }

  findOrg(ref: OrgRef): Org | undefined {
    return this.#orgs.get(orgKey(ref));
  }

  /** The org, which has to exist. */
  org(ref: OrgRef): Org {
    const org = this.findOrg(ref);
    if (!org) throw new Error(`there is no org ${orgKey(ref)}`);
    return org;
  }

  /** The org connection, which has to exist. */
  connection(id: string): Connection {
    const connection = this.connections.get(id);
    if (!connection) throw new Error(`there is no org connection ${id}`);
    return connection;
  }
}
