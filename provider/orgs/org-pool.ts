import { OrgConnectionsClient } from "../api/client";
import type { ClientOptions } from "../api/endpoints";
import type { SettingsSources } from "../settings/setting-sources";
import { resolveSettings } from "../settings/settings";
import { Org } from "./org";

const unnoticedWaitSeconds = 5;

export interface OrgPoolOptions extends Pick<ClientOptions, "clock"> {
  /** Shows the user a warning. */
  readonly warn?: (message: string) => void;
}

/** The source orgs of a program: one for each credential profile, created when it is first needed. */
export class OrgPool {
  readonly #sources: SettingsSources;
  readonly #options: OrgPoolOptions;
  readonly #orgs = new Map<string | undefined, Org>();

  constructor(sources: SettingsSources, options: OrgPoolOptions = {}) {
    this.#sources = sources;
    this.#options = options;
  }

  /**
   * @param profile Without one: the org of the top-level credentials.
   * @throws UserError as {@link resolveSettings} does.
   */
  get(profile: string | undefined): Org {
    let org = this.#orgs.get(profile);
    if (org === undefined) {
      const { orgId, ...options } = resolveSettings(this.#sources, profile);
      const onWait = this.#waitWarner();
      const { clock } = this.#options;
      const client = new OrgConnectionsClient({ ...options, clock, onWait });
      org = new Org(client, { orgId, profile }, () => this.#invalidate());
      this.#orgs.set(profile, org);
    }
    return org;
  }

  /** The `orgId` of a profile, if it has one. */
  expectedOrgId(profile: string | undefined): string | undefined {
    try {
      return this.get(profile).expected.orgId;
    } catch {
      return undefined; // the profile is unusable; `check` reports why
    }
  }

  /** Several profiles may belong to one org, and an org also lists what others share with it. */
  #invalidate(): void {
    for (const org of this.#orgs.values()) org.invalidate();
  }

  /** Warns once, before the first wait that is long enough for a user to notice. */
  #waitWarner(): ClientOptions["onWait"] {
    let hasWarned = false;
    return (reason, seconds) => {
      if (hasWarned || seconds <= unnoticedWaitSeconds) return;
      hasWarned = true;
      this.#options.warn?.(`${reason}; retrying in ${Math.ceil(seconds)} s`);
    };
  }
}
