import { ApiError, type ApiErrorCode, isOutcomeUnknown } from "./api/errors";
import { printable } from "./api/text";
import type { ApiCall } from "./api/wire";

/** A user-facing error: what was being done, what came back and what to do next. */
export class UserError extends Error {
  /** What was being done: `Cannot delete the org connection ID`. */
  readonly action: string | undefined;
  /** What came back, and what to do next. */
  readonly reason: string;

  /** @param action If missing, {@link withUserErrors} adds it. */
  constructor(reason: string, action?: string) {
    super(printable(action === undefined ? reason : `${action}: ${reason}`));
    this.name = "UserError";
    this.action = action && printable(action);
    this.reason = printable(reason);
  }
}

/** Long reasons, which are said in full once in an operation: hundreds of resources may share one. */
export class RepeatedReasons {
  readonly #first = new Map<string, string>();

  /**
   * Returns a reason or, if it was returned before, a reference to that.
   *
   * @param subject What fails. If it is known, and fails again, the reason is repeated.
   */
  shorten(reason: string, subject?: string): string {
    const first = this.#first.get(reason);
    if (first !== undefined && first !== subject) {
      return `same reason as ${first}; that message says what to do.`;
    }
    if (reason.length >= 150) this.#first.set(reason, subject ?? "an earlier resource");
    return reason;
  }
}

export type Operation = "create" | "diff" | "list" | "read" | "update" | "delete" | "validate";

const keysRefused = "Check the keys, and that they belong to this site.";
const needs = (permission: string) =>
  "The application key or token is wrong, revoked or of another org, or it lacks the " +
  `${permission} permission: check it in the org's settings.`;

/** What a user can do about a status, for each call of the API; for any other 401 or 403, check the keys. */
const remedyByStatus: { readonly [Call in ApiCall]?: Readonly<Record<number, string>> } = {
  list: { 403: needs("org_connections_read") },
  create: {
    400: "Check the connection types, that the sink and the source are different orgs, and that the org hasn't reached Datadog's limit on connections.",
    403: needs("org_connections_write"),
    404: "Datadog can't find the sink org: check sinkOrgId, and that both orgs are on this site.",
  },
  update: {
    400: "Check the connection types.",
    403: needs("org_connections_write"),
    404: "The connection no longer exists, or the keys belong to another org. Run `pulumi refresh`: if it no longer exists, the next `pulumi up` creates it again.",
  },
  delete: {
    400: "Check the id of the resource in the state.",
    403: needs("org_connections_write"),
  },
  user: { 403: needs("user_access_read") },
};

/** Operations that the engine runs without the program, with possibly outdated keys. */
const withRecordedConfiguration: readonly Operation[] = ["read", "delete"];

const recordedConfiguration =
  "Refresh and destroy use the configuration that the last `pulumi up` recorded: if the keys have " +
  "changed since then, run `pulumi up` first, add `--run-program`, or set the keys in the environment.";

const unknownOutcome =
  "It isn't known whether the connection was created. If the next `pulumi up` says that the orgs " +
  "are already connected, it was: set `adoptExisting: true` to take it over.";

const apiAddress =
  "The address of Datadog's API is https://api.SITE, such as https://api.datadoghq.eu: check the site, " +
  "apiUrl or DD_HOST, and HTTPS_PROXY.";

const fallbackRemedies: Readonly<Record<ApiErrorCode, string>> = {
  rateLimited: "Try again later, or with a lower `--parallel`.",
  serverError: "Try again later.",
  refused: "Check the site or apiUrl.",
  notDatadog: `This isn't an error in Datadog's format. ${apiAddress}`,
  interrupted: "This request wasn't sent. Run the operation again, or allow it more time.",
  connectFailed: "Check the network, the site or apiUrl, and HTTPS_PROXY.",
  tlsFailed:
    "No request was sent. Check the certificate of that address, or of the proxy in HTTPS_PROXY, and " +
    "this machine's clock. If a proxy or gateway of your organization issues the certificates, " +
    "set NODE_USE_SYSTEM_CA=1 if this machine trusts them, or NODE_EXTRA_CA_CERTS to the path of their " +
    "CA certificate.",
  proxyFailed: "No request was sent. Check HTTPS_PROXY and NO_PROXY.",
  network: "Check the network, the site or apiUrl, and HTTPS_PROXY.",
  timeout: "Check the network, or set a longer timeoutSeconds.",
  invalidJson: apiAddress,
  tooLarge: `Datadog doesn't send answers of this size, so something else answered. ${apiAddress}`,
  incomplete: "No connection was treated as deleted. Try again later.",
  unexpectedResponse:
    "Check that the site or apiUrl is Datadog's, and that this package is up to date.",
};

/** Runs an operation; every failure becomes a UserError with this action. */
export async function withUserErrors<T>(
  operation: Operation,
  action: string,
  run: () => Promise<T>,
): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw toUserError(operation, action, error);
  }
}

export function toUserError(operation: Operation, action: string, error: unknown): UserError {
  if (error instanceof UserError) return error.action ? error : new UserError(error.reason, action);
  if (error instanceof ApiError) return new UserError(describe(operation, error), action);
  const reason = error instanceof Error ? error.message : String(error);
  return new UserError(`${reason} (this is a bug in the provider; please report it)`, action);
}

function describe(operation: Operation, error: ApiError): string {
  const { call, status = 0, code, message } = error;
  const isAboutKeys = status === 401 || status === 403;
  const byStatus = (call && remedyByStatus[call]?.[status]) ?? (isAboutKeys && keysRefused);
  return [
    `${message}.`,
    ...(call === "create" && (error.followsUnknownOutcome || isOutcomeUnknown(error))
      ? [unknownOutcome]
      : []),
    (code === "refused" && byStatus) || fallbackRemedies[code],
    ...(isAboutKeys && withRecordedConfiguration.includes(operation)
      ? [recordedConfiguration]
      : []),
  ].join(" ");
}
