import { type ApiCall, ApiError, type ApiErrorCode, isOutcomeUnknown } from "./api/errors";

/**
 * A user-facing error: what was being done, what came back and what to do next.
 *
 * For `check`, `diff`, `read` and `delete` the engine's host prints `${error}: ${error.stack}`. A
 * user has no use for a JavaScript stack, so `toString()` and `stack` each give one half.
 */
export class UserError extends Error {
  /** What was being done: `Cannot delete the org connection ID`. */
  readonly action: string | undefined;
  readonly #reason: string;

  /**
   * @param reason What came back, and what to do next.
   * @param action If missing, {@link withUserErrors} adds it.
   */
  constructor(reason: string, action?: string) {
    super(action === undefined ? reason : `${action}: ${reason}`);
    this.name = "UserError";
    this.stack = reason;
    this.action = action;
    this.#reason = reason;
  }

  /** The same error, of this action unless it says its own. */
  during(action: string): UserError {
    return this.action === undefined ? new UserError(this.#reason, action) : this;
  }

  override toString(): string {
    return this.action ?? this.message;
  }
}

export type Operation = "create" | "diff" | "list" | "read" | "update" | "delete" | "validate";

const keysRefused = "Check the keys, and that they belong to this site.";
const needs = (permission: string) =>
  `The application key or token needs the ${permission} permission.`;

/** What a user can do about a status, for each call of the API. */
const remedyByStatus: Readonly<Record<ApiCall, Readonly<Record<number, string>>>> = {
  list: { 401: keysRefused, 403: needs("org_connections_read") },
  create: {
    400: "Check the connection types, that the sink is another org than the source, and that the org hasn't reached the number of connections that Datadog allows.",
    401: keysRefused,
    403: needs("org_connections_write"),
    404: "Datadog doesn't know the sink org: check sinkOrgId, and that both orgs are on this site.",
  },
  update: {
    400: "Check the connection types.",
    401: keysRefused,
    403: needs("org_connections_write"),
    404: "The connection is gone, or the keys are those of another org. Run `pulumi refresh`: if it is gone, the next `pulumi up` creates it again.",
  },
  delete: {
    400: "Check the id of the resource in the state.",
    401: keysRefused,
    403: needs("org_connections_write"),
  },
  validate: { 401: keysRefused, 403: keysRefused },
};

/** What the engine does without the program, and so with possibly outdated keys. */
const withRecordedConfiguration: readonly Operation[] = ["read", "delete"];

const recordedConfiguration =
  "Refresh and destroy use the configuration that the last `pulumi up` recorded: if the keys were " +
  "changed since, run `pulumi up` first, add `--run-program`, or set the keys in the environment.";

const unknownOutcome =
  "It isn't known whether the connection was created. If the next `pulumi up` says that the orgs " +
  "are connected already, it was: `adoptExisting: true` takes it over.";

/** Fallback remedies by error code. */
const fallbackRemedies: Readonly<Record<ApiErrorCode, string>> = {
  rateLimited: "Try again later, or with a lower `--parallel`.",
  serverError: "Try again later.",
  refused: "Check the site or apiUrl.",
  notDatadog:
    "This isn't how Datadog refuses a request: check the site or apiUrl, and HTTPS_PROXY.",
  connectFailed: "Check the network, the site or apiUrl, and HTTPS_PROXY.",
  tlsFailed:
    "No request was sent. Check the certificate of that address, or of the proxy in HTTPS_PROXY, and " +
    "the clock of this machine. If a proxy or gateway of your organization issues the certificates, " +
    "set NODE_EXTRA_CA_CERTS to the file of its CA certificate.",
  proxyFailed: "No request was sent. Check HTTPS_PROXY and NO_PROXY.",
  network: "Check the network, the site or apiUrl, and HTTPS_PROXY.",
  timeout: "Check the network, or set a longer timeoutSeconds.",
  invalidJson: "Check that the site or apiUrl is Datadog's.",
  incomplete: "No connection was treated as deleted. Try again later.",
  unexpectedResponse:
    "Check that the site or apiUrl is Datadog's, and that this package is up to date.",
};

/**
 * Runs one operation.
 *
 * @param action What is being done: `Cannot delete the org connection ID`.
 * @throws UserError whatever fails.
 */
export async function withUserErrors<T>(
  operation: Operation,
  action: string,
  run: () => Promise<T>,
): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof UserError) throw error.during(action);
    if (error instanceof ApiError) throw new UserError(describe(operation, error), action);
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(`${reason} (this is a defect of the provider, please report it)`, action);
  }
}

function describe(operation: Operation, error: ApiError): string {
  const { call, status = 0, code, message } = error;
  const byStatus = code === "refused" && call && remedyByStatus[call][status];
  return [
    `${message}.`,
    ...(call === "create" && isOutcomeUnknown(error) ? [unknownOutcome] : []),
    byStatus || fallbackRemedies[code],
    ...([401, 403].includes(status) && withRecordedConfiguration.includes(operation)
      ? [recordedConfiguration]
      : []),
  ].join(" ");
}
