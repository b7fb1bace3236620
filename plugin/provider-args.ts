/**
 * Credentials and API address of the source org. Every setting is also a key of the stack's
 * configuration, such as `datadog-org-connections:site`, which configures the default provider.
 * Credentials are an API key and an application key, or a bearer token, all in one place: if the
 * settings have any, those of the environment aren't used.
 */
export interface ProviderArgs {
  /**
   * API key of the source org. By default the environment variable `DD_API_KEY` or
   * `DATADOG_API_KEY`.
   *
   * @secret
   */
  apiKey?: string;
  /**
   * Application key of the source org, with the permissions `org_connections_read` and
   * `org_connections_write`. By default the environment variable `DD_APP_KEY` or
   * `DATADOG_APP_KEY`.
   *
   * @secret
   */
  appKey?: string;
  /**
   * Bearer token, in place of the two keys: a personal one, one of a service account, or OAuth. By
   * default the environment variable `DD_BEARER_TOKEN` or `DATADOG_BEARER_TOKEN`. If a token and keys
   * are set in the same place, the token is used.
   *
   * @secret
   */
  bearerToken?: string;
  /**
   * Datadog site, such as `datadoghq.eu` or `EU1`. If neither `site` nor `apiUrl` is set, the first of the
   * environment variables `DD_HOST` and `DATADOG_HOST` (an address), `DD_SITE` and `DATADOG_SITE` is
   * used, and without any of them `datadoghq.com`.
   */
  site?: string;
  /**
   * Base address of Datadog's API, if it isn't that of a site. Wins over `site`. It must be https,
   * except on a loopback address.
   */
  apiUrl?: string;
  /**
   * UUID of the org that the credentials must belong to. If they belong to another org, everything
   * fails and nothing is changed. Set it with a bearer token.
   */
  orgId?: string;
  /** Maximum number of retries of a request: 0 to 20, by default 4. */
  maxRetries?: number;
  /** Seconds that a request may take: 1 to 600, by default 30. */
  timeoutSeconds?: number;
  /**
   * Credentials of other source orgs, keyed by the `profile` of a resource. A name has letters from
   * a to z, digits, hyphens and underscores, and begins with a letter; case makes no difference, and
   * `_` is the same as `-`.
   *
   * @secret
   */
  profiles?: Record<string, Profile>;
  /**
   * Name of the profile whose credentials read the connections of all orgs in a refresh, such as
   * those of a hub. By default the environment variable `DD_READ_PROFILE` or `DATADOG_READ_PROFILE`.
   */
  readProfile?: string;
}

/**
 * The credentials of one source org, an API key and an application key or a bearer token, and its
 * address. Credentials never fall back to those at the top level, which belong to another org.
 */
interface Profile {
  /**
   * API key of the org. By default the environment variable `DD_API_KEY_NAME` or
   * `DATADOG_API_KEY_NAME`. In a variable, the name of the profile is in upper case, with an
   * underscore for every hyphen.
   *
   * @secret
   */
  apiKey?: string;
  /**
   * Application key of the org. By default the environment variable `DD_APP_KEY_NAME` or
   * `DATADOG_APP_KEY_NAME`.
   *
   * @secret
   */
  appKey?: string;
  /**
   * Bearer token, in place of the two keys. By default the environment variable
   * `DD_BEARER_TOKEN_NAME` or `DATADOG_BEARER_TOKEN_NAME`.
   *
   * @secret
   */
  bearerToken?: string;
  /**
   * Datadog site of the org. If neither `site` nor `apiUrl` is set, the first of the environment
   * variables `DD_HOST_NAME` and `DATADOG_HOST_NAME` (an address), `DD_SITE_NAME` and
   * `DATADOG_SITE_NAME` is used, and without any of them the address at the top level.
   */
  site?: string;
  /** Base address of Datadog's API for the org. Wins over `site`. */
  apiUrl?: string;
  /** UUID of the org that the credentials must belong to. */
  orgId?: string;
}
