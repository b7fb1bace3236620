import { OrgConnectionsClient } from "./api/client";
import type { SettingsSources } from "./places";
import { resolveSettings } from "./settings";
import { SourceOrg } from "./source-org";

/** The source orgs of a program: one for each credential profile, made when it is first needed. */
export class SourceOrgs {
  readonly #sources: SettingsSources;
  readonly #orgs = new Map<string | undefined, SourceOrg>();

  constructor(sources: SettingsSources) {
    this.#sources = sources;
  }

  /**
   * @param profile Without one: the org of the top-level credentials.
   * @throws UserError, Obstacle as {@link resolveSettings} does.
   */
  get(profile: string | undefined): SourceOrg {
    let org = this.#orgs.get(profile);
    if (org === undefined) {
      const { orgId, ...options } = resolveSettings(this.#sources, profile);
      org = new SourceOrg(new OrgConnectionsClient(options), { orgId, profile });
      this.#orgs.set(profile, org);
    }
    return org;
  }

  /** The `orgId` of a profile, where it has one. */
  expectedOrgId(profile: string | undefined): string | undefined {
    try {
      return this.get(profile).expectedOrgId;
    } catch {
      return undefined; // nothing can be told of a profile that can't be used; check says why
    }
  }
}
