import type { User } from "./orgs.ts";

/** What a credential may do: `write` includes reading, `none` lacks even `org_connections_read`. */
export type Access = "write" | "read" | "none";

/** What a client authenticates with: a pair of keys, or a bearer token. */
export type Credentials =
  | { readonly apiKey: string; readonly appKey: string }
  | { readonly token: string };

export interface CredentialOptions {
  /** The user that the credentials act as; the org's person by default. */
  readonly user?: User;
  /** `false`: `current_user` answers 403, as it may for OAuth tokens and keys with scopes. */
  readonly identifies?: boolean;
  /** Whether they have the permission `user_access_read`; `true` by default. */
  readonly canReadUsers?: boolean;
}

/** Whom credentials act as, and what they may do. */
export interface Grant {
  readonly orgId: string;
  readonly userId: string;
  readonly access: Access;
  readonly identifies: boolean;
  readonly canReadUsers: boolean;
}

/** Who sent a request. */
export type Identity =
  | ({ readonly kind: "caller" } & Grant)
  | {
      readonly kind: "denied";
      /** The org of the API key, if it has one. */
      readonly orgId: string | undefined;
      /** No complete credentials; an API key or token of no org; an application key that isn't the org's. */
      readonly reason: "missing" | "unknown" | "wrong";
    };

/** Request headers by their lower-case names. */
export type Headers = Readonly<Record<string, string>>;

/** The credentials of all orgs. */
export class CredentialStore {
  readonly #apiKeys = new Map<string, string>();
  readonly #appKeys = new Map<string, Grant>();
  readonly #tokens = new Map<string, Grant>();

  add(credentials: Credentials, grant: Grant): void {
    if ("token" in credentials) {
      this.#tokens.set(credentials.token, grant);
    } else {
      this.#apiKeys.set(credentials.apiKey, grant.orgId);
      this.#appKeys.set(credentials.appKey, grant);
    }
  }

  revoke(secret: string): void {
    const stores = [this.#apiKeys, this.#appKeys, this.#tokens];
    const isKnown = stores.map((store) => store.delete(secret)).includes(true);
    if (!isKnown) throw new Error("there is no such API key, application key or token");
  }

  orgIdOfApiKey(apiKey: string): string | undefined {
    return this.#apiKeys.get(apiKey);
  }

  identify(headers: Headers): Identity {
    const { authorization = "", "dd-api-key": apiKey, "dd-application-key": appKey } = headers;
    const token = /^Bearer (.+)$/i.exec(authorization)?.[1];
    if (token !== undefined) {
      const grant = this.#tokens.get(token);
      return grant ? { kind: "caller", ...grant } : denied(undefined, "unknown");
    }
    const orgId = this.orgIdOfApiKey(apiKey ?? "");
    if (!apiKey || !appKey) return denied(orgId, "missing");
    if (orgId === undefined) return denied(orgId, "unknown");
    const grant = this.#appKeys.get(appKey);
    return grant?.orgId === orgId ? { kind: "caller", ...grant } : denied(orgId, "wrong");
  }
}

type Denied = Extract<Identity, { kind: "denied" }>;

const denied = (orgId: string | undefined, reason: Denied["reason"]): Denied => ({
  kind: "denied",
  orgId,
  reason,
});
