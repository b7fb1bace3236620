import { type ApiCall, ApiFault, type FaultKind, isOutcomeUnknown } from "./api/fault";

/**
 * An error that is made to be read by a user.
 *
 * For `check`, `diff`, `read` and `delete` the engine's host prints `${error}: ${error.stack}`. A
 * user has no use for a JavaScript stack, so `toString()` and `stack` each give one half.
 */
export class UserError extends Error {
  readonly #doing: string;

  /**
   * @param doing What was being done: `Cannot delete the org connection ID`.
   * @param outcome What came back, and what to do next.
   */
  constructor(doing: string, outcome: string) {
    super(`${doing}: ${outcome}`);
    this.name = "UserError";
    this.stack = outcome;
    this.#doing = doing;
  }

  override toString(): string {
    return this.#doing;
  }
}

/** What stands in the way of an operation: the outcome that a {@link UserError} tells. */
export class Obstacle extends Error {}

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

/** What the engine does without the program, and so perhaps with keys of yesterday. */
const withRecordedConfiguration: readonly Operation[] = ["read", "delete"];

const recordedConfiguration =
  "Refresh and destroy use the configuration that the last `pulumi up` recorded: if the keys were " +
  "changed since, run `pulumi up` first, add `--run-program`, or set the keys in the environment.";

const unknownOutcome =
  "It isn't known whether the connection was created. If the next `pulumi up` says that the orgs " +
  "are connected already, it was: `adoptExisting: true` takes it over.";

/** What a user can do where the status tells nothing. */
const remedyByKind: Readonly<Record<FaultKind, string>> = {
  rateLimited: "Try again later, or with a lower `--parallel`.",
  serverError: "Try again later.",
  refused: "Check the site or apiUrl.",
  foreign: "This isn't how Datadog refuses a request: check the site or apiUrl, and HTTPS_PROXY.",
  notSent: "Check the network, the site or apiUrl, and HTTPS_PROXY.",
  tlsFailed:
    "No request was sent. Check the certificate of that address, or of the proxy in HTTPS_PROXY, and " +
    "the clock of this machine. If a proxy or gateway of your organization issues the certificates, " +
    "set NODE_EXTRA_CA_CERTS to the file of its CA certificate.",
  proxyFailed: "No request was sent. Check HTTPS_PROXY and NO_PROXY.",
  network: "Check the network, the site or apiUrl, and HTTPS_PROXY.",
  timeout: "Check the network, or set a longer timeoutSeconds.",
  brokenBody: "Check that the site or apiUrl is Datadog's.",
  incomplete: "Nothing was taken for deleted. Try again later.",
  wrongShape: "Check that the site or apiUrl is Datadog's, and that this package is up to date.",
};

/** Runs one operation; whatever it throws reaches the user as a {@link UserError}. */
export async function explained<T>(
  operation: Operation,
  doing: string,
  run: () => Promise<T>,
): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof UserError) throw error;
    if (error instanceof Obstacle) throw new UserError(doing, error.message);
    if (error instanceof ApiFault) throw new UserError(doing, describe(operation, error));
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(doing, `${reason} (this is a defect of the provider, please report it)`);
  }
}

function describe(operation: Operation, fault: ApiFault): string {
  const { call, status = 0, kind, message } = fault;
  const byStatus = kind === "refused" && call && remedyByStatus[call][status];
  return [
    `${message}.`,
    ...(call === "create" && isOutcomeUnknown(fault) ? [unknownOutcome] : []),
    byStatus || remedyByKind[kind],
    ...([401, 403].includes(status) && withRecordedConfiguration.includes(operation)
      ? [recordedConfiguration]
      : []),
  ].join(" ");
}
