import { type Connection, Connections } from "./connections.ts";
import { Keyring } from "./credentials.ts";
import { type Org, type OrgRef, orgKey } from "./orgs.ts";

/** What the service has stored: its orgs, their credentials, and the org connections. */
export class World {
  readonly keyring = new Keyring();
  readonly connections = new Connections();
  readonly #orgs = new Map<string, Org>();

  addOrg(org: Org): Org {
    if (this.#orgs.has(orgKey(org))) throw new Error(`there is an org ${org.id} already`);
    this.#orgs.set(orgKey(org), org);
    this.keyring.add(org.id, org, "write");
    return org;
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
