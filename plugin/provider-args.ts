/**
 * Whose org connections are managed, and how Datadog is reached. Every setting is also a key of the
 * stack's configuration, such as `datadog-org-connections:site`, which configures the default
 * provider. Credentials are an API key and an application key, or a bearer token.
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
   * default the environment variable `DD_BEARER_TOKEN` or `DATADOG_BEARER_TOKEN`. If there is a token
   * and a pair of keys, settings win over the environment, and otherwise the token over the keys.
   *
   * @secret
   */
  bearerToken?: string;
  /**
   * Datadog site, such as `datadoghq.eu`. If neither `site` nor `apiUrl` is set, the first of the
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
  /** How often at most a failed request is sent again: 0 to 20, by default 4. */
  maxRetries?: number;
  /** Seconds that a request may take: 1 to 600, by default 30. */
  timeoutSeconds?: number;
  /**
   * Credentials of further source orgs, by names that `profile` of a resource gives.
   *
   * @secret
   */
  profiles?: Record<string, Profile>;
}

/**
 * The credentials of one source org, an API key and an application key or a bearer token, and its
 * address. Credentials never fall back to those at the top level, which belong to another org.
 */
interface Profile {
  /**
   * API key of the org. By default the environment variable `DD_API_KEY_NAME` or
   * `DATADOG_API_KEY_NAME`. In a variable, the name of the profile is in upper case, with an
   * underscore for every character that isn't a letter or a digit.
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
