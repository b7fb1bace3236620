import type { User } from "./orgs.ts";

/** What a credential may do: `write` includes reading, `none` lacks even `org_connections_read`. */
export type Access = "write" | "read" | "none";

/** Whose the credentials are, and what they may ask beside the org connections. */
export interface CredentialOptions {
  /** The user that they act as; the org's person unless told. */
  readonly user?: User;
  /** `false`: `current_user` is answered 403, as it may be for OAuth tokens and scoped keys. */
  readonly identifies?: boolean;
  /** Whether they have the permission `user_access_read`; `true` unless told. */
  readonly canReadUsers?: boolean;
}

/** What a client authenticates with: a pair of keys, or a bearer token. */
export type Credentials =
  | { readonly apiKey: string; readonly appKey: string }
  | { readonly token: string };

/** Who sent a request: a known caller, or one to turn away with 401 or 403. */
export type Identity =
  | ({ readonly kind: "caller" } & Grant)
  | { readonly kind: "denied"; readonly orgId: string | undefined; readonly status: 401 | 403 };

/** What credentials stand for. */
export interface Grant {
  readonly orgId: string;
  readonly userId: string;
  readonly access: Access;
  readonly identifies: boolean;
  readonly canReadUsers: boolean;
}

/** The request headers by their lower-case names. */
export type Headers = Readonly<Record<string, string>>;

/** All credentials that the service knows, of all orgs. */
export class Keyring {
  readonly #apiKeys = new Map<string, string>();
  readonly #appKeys = new Map<string, Grant>();
  readonly #tokens = new Map<string, Grant>();

  add(credentials: Credentials, grant: Grant): void {
    if ("token" in credentials) {
      this.#tokens.set(credentials.token, grant);
      return;
    }
    this.#apiKeys.set(credentials.apiKey, grant.orgId);
    this.#appKeys.set(credentials.appKey, grant);
  }

  /** Forgets an API key, an application key or a token. Throws when there is none such. */
  revoke(secret: string): void {
    const stores = [this.#apiKeys, this.#appKeys, this.#tokens];
    const known = stores.map((store) => store.delete(secret)).includes(true);
    if (!known) throw new Error("no such API key, application key or token to revoke");
  }

  orgOfApiKey(apiKey: string | undefined): string | undefined {
    return apiKey === undefined ? undefined : this.#apiKeys.get(apiKey);
  }

  /**
   * A guess: the reference has both 401 and 403, and doesn't say which is for what. Here 401 means
   * that nobody known sent the request, and 403 that the application key isn't one of the org's.
   */
  identify(headers: Headers): Identity {
    const { authorization = "", "dd-api-key": apiKey, "dd-application-key": appKey } = headers;
    const token = /^Bearer (.+)$/i.exec(authorization)?.[1];
    if (token !== undefined) {
      const grant = this.#tokens.get(token);
      return grant ? { kind: "caller", ...grant } : denied(undefined, 401);
    }
    const orgId = this.orgOfApiKey(apiKey);
    if (orgId === undefined || !appKey) return denied(orgId, 401);
    const grant = this.#appKeys.get(appKey);
    return grant?.orgId === orgId ? { kind: "caller", ...grant } : denied(orgId, 403);
  }
}

const denied = (orgId: string | undefined, status: 401 | 403): Identity => ({
  kind: "denied",
  orgId,
  status,
});
