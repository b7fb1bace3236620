import type { dynamic } from "@pulumi/pulumi";
import { bringIntoBeing } from "./adoption";
import { Claims } from "./claims";
import { type Comparable, diffOrgConnection } from "./diff";
import { explained, Obstacle, UserError } from "./errors";
import {
  checkInputs,
  type OrgConnectionInputs,
  sameTypes,
  type UncheckedInputs,
  unfamiliarTypes,
} from "./inputs";
import { inputsOf, type OrgConnectionOutputs, outputsOf } from "./outputs";
import { SourceOrgs, type SourceOrgsOptions } from "./source-orgs";
import { isUnknown } from "./unknown";

const goneUnproved = (id: string) =>
  `the org connection ${id} isn't there for these credentials; it couldn't be made sure that they ` +
  "are those of its source org";

/** The life of an org connection, as the Pulumi engine calls it. */
export class OrgConnectionProvider
  implements dynamic.ResourceProvider<OrgConnectionInputs, OrgConnectionOutputs>
{
  readonly #options: SourceOrgsOptions;
  readonly #warned = new Set<string>();
  readonly #claims = new Claims();
  #sourceOrgs: SourceOrgs;

  /** @param firstBackoffSeconds Wait before the first retry; by default what spares the service. */
  constructor(firstBackoffSeconds?: number) {
    this.#options = { firstBackoffSeconds, tell: (message) => this.#warn(message) };
    this.#sourceOrgs = new SourceOrgs(
      { config: new Map(), environment: process.env },
      this.#options,
    );
  }

  /** Only keeps the configuration: the host doesn't wait for this before it makes other calls. */
  async configure({ config }: dynamic.ConfigureRequest): Promise<void> {
    this.#sourceOrgs = new SourceOrgs({ config, environment: process.env }, this.#options);
  }

  /** Judges what the program gives, and the configuration, before anything is sent. */
  async check(olds: UncheckedInputs, news: UncheckedInputs): Promise<dynamic.CheckResult> {
    const { inputs, failures } = checkInputs(news);
    const { sourceOrg, connectionTypes } = inputs;
    const isJudged =
      isUnknown(sourceOrg) || failures.some(({ property }) => property === "sourceOrg");
    if (!isJudged) failures.push(...this.#judgeSource(sourceOrg));
    if (failures.length === 0) {
      this.#warnOfUnfamiliar(connectionTypes);
      // A resource that is new, or gets another sink, had nothing that it could keep.
      if (olds.sinkOrgId === inputs.sinkOrgId) this.#claims.declare(inputs);
    }
    return { inputs, failures };
  }

  async diff(
    id: string,
    olds: Comparable & Pick<OrgConnectionOutputs, "sourceOrgId">,
    news: Comparable,
  ): Promise<dynamic.DiffResult> {
    const result = diffOrgConnection(
      olds,
      news,
      (profile) =>
        olds.sourceOrgId !== undefined &&
        this.#sourceOrgs.expectedOrgId(profile) === olds.sourceOrgId,
    );
    if (result.replaces?.length === 0) this.#claims.keep(id, news);
    return result;
  }

  create(inputs: OrgConnectionInputs): Promise<dynamic.CreateResult<OrgConnectionOutputs>> {
    const doing = `Cannot create the org connection to ${inputs.sinkOrgId}`;
    return explained("create", doing, async () => {
      const org = this.#sourceOrgs.get(inputs.sourceOrg);
      const connection = await this.#claims.claim(inputs, () => bringIntoBeing(org, inputs));
      return { id: connection.id, outs: outputsOf(connection, inputs) };
    });
  }

  /** Reports gone (an empty id) only what was recorded, and the complete list lacks. */
  read(
    id: string,
    props: Partial<OrgConnectionOutputs> = {},
  ): Promise<dynamic.ReadResult<OrgConnectionOutputs>> {
    return explained("read", `Cannot read the org connection ${id}`, async () => {
      const org = this.#sourceOrgs.get(props.sourceOrg);
      const found = await org.find(id);
      if (found !== undefined) {
        const outputs = outputsOf(found, props);
        return { id: found.id, props: outputs, inputs: inputsOf(outputs) };
      }
      if (props.connectionTypes !== undefined) {
        if (!(await org.assertTakesPart(props))) this.#warn(goneUnproved(id));
        return { id: "" };
      }
      // OrgConnection.get, of which nothing is recorded: the engine would take "gone" for found.
      throw new Obstacle(
        "the org of these credentials takes part in no such connection. Check the id and the keys.",
      );
    });
  }

  update(
    id: string,
    olds: OrgConnectionOutputs,
    news: OrgConnectionInputs,
  ): Promise<dynamic.UpdateResult<OrgConnectionOutputs>> {
    return explained("update", `Cannot update the org connection ${id}`, async () => {
      const { sourceOrg, ...known } = olds;
      const recorded = { ...known, ...(news.sourceOrg && { sourceOrg: news.sourceOrg }) };
      // Only the name of the profile changed.
      if (sameTypes(olds.connectionTypes, news.connectionTypes)) return { outs: recorded };
      const updated = await this.#sourceOrgs.get(news.sourceOrg).update(id, news.connectionTypes);
      return { outs: outputsOf(updated, recorded) };
    });
  }

  /** A connection that is gone already counts as deleted; one that another resource holds stays. */
  delete(id: string, props: Partial<OrgConnectionOutputs> = {}): Promise<void> {
    return explained("delete", `Cannot delete the org connection ${id}`, async () => {
      if (this.#claims.isHeld(id)) return;
      const isCertain = await this.#sourceOrgs.get(props.sourceOrg).delete(id, props);
      this.#claims.release(props);
      if (!isCertain) this.#warn(goneUnproved(id));
    });
  }

  /** What stands in the way of calling Datadog for the org that a program names. */
  #judgeSource(profile: unknown): dynamic.CheckFailure[] {
    try {
      this.#sourceOrgs.get(typeof profile === "string" ? profile : undefined);
      return [];
    } catch (error) {
      if (error instanceof Obstacle) return [{ property: "sourceOrg", reason: error.message }];
      if (error instanceof UserError) return [{ property: "", reason: error.message }];
      throw error;
    }
  }

  #warnOfUnfamiliar(types: unknown): void {
    for (const type of unfamiliarTypes(types)) {
      this.#warn(`connection type ${JSON.stringify(type)} isn't known to this package`);
    }
  }

  /** Warns once. Text on standard output becomes a message of the update. */
  #warn(message: string): void {
    if (this.#warned.has(message)) return;
    this.#warned.add(message);
    console.log(`warning: ${message}`);
  }
}
