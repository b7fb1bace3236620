import { OrgConnectionsClient } from "./api/client";
import type { SettingsSources } from "./places";
import { resolveSettings } from "./settings";
import { SourceOrg } from "./source-org";

const unnoticedSeconds = 5;

export interface SourceOrgsOptions {
  /** The first wait between two attempts; the client's default where it is missing. */
  readonly firstBackoffSeconds?: number | undefined;
  /** Tells the user something that is no failure. */
  readonly tell?: (message: string) => void;
}

/** The source orgs of a program: one for each credential profile, made when it is first needed. */
export class SourceOrgs {
  readonly #sources: SettingsSources;
  readonly #options: SourceOrgsOptions;
  readonly #orgs = new Map<string | undefined, SourceOrg>();

  constructor(sources: SettingsSources, options: SourceOrgsOptions = {}) {
    this.#sources = sources;
    this.#options = options;
  }

  /**
   * @param profile Without one: the org of the top-level credentials.
   * @throws UserError, Obstacle as {@link resolveSettings} does.
   */
  get(profile: string | undefined): SourceOrg {
    let org = this.#orgs.get(profile);
    if (org === undefined) {
      const { orgId, ...options } = resolveSettings(this.#sources, profile);
      const onWait = this.#waitTeller();
      const { firstBackoffSeconds } = this.#options;
      const client = new OrgConnectionsClient({ ...options, firstBackoffSeconds, onWait });
      org = new SourceOrg(client, { orgId, profile });
      this.#orgs.set(profile, org);
    }
    return org;
  }

  /** Tells of the first wait that a user would wonder about. */
  #waitTeller(): (seconds: number) => void {
    let isTold = false;
    return (seconds) => {
      if (isTold || seconds <= unnoticedSeconds) return;
      isTold = true;
      this.#options.tell?.(`Datadog lets requests wait: going on in ${Math.ceil(seconds)} s`);
    };
  }

  /** The `orgId` of a profile, where it has one. */
  expectedOrgId(profile: string | undefined): string | undefined {
    try {
      return this.get(profile).expected.orgId;
    } catch {
      return undefined; // nothing can be told of a profile that can't be used; check says why
    }
  }
}
