import { OrgConnectionsClient } from "../api/client";
import type { ClientOptions } from "../api/endpoints";
import { assertSupportedNode } from "../node-version";
import { canonicalProfile } from "../profiles";
import type { Settings } from "../settings";
import { Org } from "./org";

const unnoticedWaitSeconds = 5;

export interface OrgPoolOptions extends Pick<ClientOptions, "clock"> {
  /** Shows the user a warning. */
  readonly warn?: (message: string) => void;
}

/** What the state records of a connection's source. */
interface RecordedSource {
  readonly profile?: string;
  readonly sourceOrgId?: string;
}

/** The source orgs of a program: one for each credential profile, created when it is first needed. */
export class OrgPool {
  readonly #settings: Settings;
  readonly #options: OrgPoolOptions;
  readonly #orgs = new Map<string | undefined, Org>();

  constructor(settings: Settings, options: OrgPoolOptions = {}) {
    this.#settings = settings;
    this.#options = options;
  }

  /**
   * @param profile Without one: the org of the top-level credentials.
   * @throws UserError as {@link Settings.of} does, and if Node.js is too old.
   */
  get(profile: string | undefined): Org {
    const name = nameOf(profile);
    let org = this.#orgs.get(name);
    if (org === undefined) {
      assertSupportedNode(process.versions);
      const { orgId, ...options } = this.#settings.of(profile);
      const onWait = this.#waitWarner();
      const { clock } = this.#options;
      const client = new OrgConnectionsClient({ ...options, clock, onWait });
      org = new Org(client, { orgId, profile }, () => this.#invalidate());
      this.#orgs.set(name, org);
    }
    return org;
  }

  /** Whether a profile is the one that is recorded, or the settings say that it is of the same org. */
  isSameSource(recorded: RecordedSource, profile: string | undefined): boolean {
    try {
      if (nameOf(recorded.profile) === nameOf(profile)) return true;
      const { orgId } = this.get(profile).expected;
      return orgId !== undefined && orgId === recorded.sourceOrgId;
    } catch {
      return false; // the profile is unusable; `check` reports why
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

function nameOf(profile: string | undefined): string | undefined {
  return profile === undefined ? undefined : canonicalProfile(profile);
}
