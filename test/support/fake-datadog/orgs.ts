import { createHash, randomUUID } from "node:crypto";

/** A user of an org: a person or a service account. */
export interface User {
  readonly id: string;
  readonly orgId: string;
  /** `null`, for example, until an invited user has signed in. */
  readonly name: string | null;
  /** Also the email address. */
  readonly handle: string;
  readonly isServiceAccount: boolean;
  readonly status: "Active" | "Disabled";
}

/** What a new user has; each property has a default. */
export type UserSeed = Partial<Omit<User, "orgId">>;

export function newUser(orgId: string, seed: UserSeed): User {
  const id = randomUUID();
  const handle = `${id.slice(0, 8)}@example.com`;
  const defaults = { name: "New user", isServiceAccount: false, status: "Active" } as const;
  return { id, orgId, handle, ...defaults, ...seed };
}

/** A Datadog org with one pair of keys that may read and write org connections. */
export interface Org {
  /** A UUID of any version, in lower case. */
  readonly id: string;
  readonly name: string;
  /** 32 hexadecimal digits. */
  readonly apiKey: string;
  /** 40 hexadecimal digits. */
  readonly appKey: string;
  /** The person that the keys belong to. */
  readonly user: User & { readonly name: string };
}

/** Makes an org. Its keys follow from its id, so the same id has the same keys in every process. */
export function newOrg(name: string, id: string = randomUUID(), userName = `${name} admin`): Org {
  const digest = (algorithm: string, what: string) =>
    createHash(algorithm).update(`${what} of ${id}`).digest("hex");
  const handle = `${userName.toLowerCase().replaceAll(/[^a-z0-9]+/g, ".")}@example.com`;
  return {
    id,
    name,
    apiKey: digest("md5", "API key"),
    appKey: digest("sha1", "application key"),
    user: { ...newUser(id, { id: uuidFrom(`user of ${id}`), handle }), name: userName },
  };
}

/**
 * The orgs that a fake Datadog starts with. Some ids are of version 1, as in the live service.
 *
 * @example
 * const headers = { "dd-api-key": orgs.payments.apiKey, "dd-application-key": orgs.payments.appKey };
 */
export const orgs = {
  hub: newOrg("Hub", "5d0b6d1e-7f97-11f0-8de1-1ecf66f1aa85", "Hedy"),
  payments: newOrg("Payments", "0a51f3c8-00cc-11ea-a77b-570c9d03c6c5", "Ada"),
  shop: newOrg("Shop", "9c1f4b52-3d0e-4c8a-9a53-2b6d0c1d7f10", "Grace"),
  data: newOrg("Data", "e7a0c9d4-61b2-4f3e-8c57-90ab12cd34ef", "Edgar"),
  security: newOrg("Security", "c2b8a6f0-eba0-11e9-a77a-0705486660d0", "Radia"),
} as const satisfies Record<string, Org>;

/** A UUID that is the same for the same text. */
export function uuidFrom(text: string): string {
  const hex = createHash("md5").update(text).digest("hex");
  return hex.replace(/(.{8})(.{4}).(.{3}).(.{3})(.{12})/, "$1-$2-4$3-a$4-$5");
}
