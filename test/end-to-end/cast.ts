import fc from "fast-check";
import type { FakeDatadog, orgs } from "../support/fake-datadog/index.ts";
import type { Declared, Program } from "./mini-engine.ts";

type Org = Pick<(typeof orgs)[keyof typeof orgs], "id" | "apiKey" | "appKey">;
type Connection = FakeDatadog["connections"][number];

/** What somebody does to one of our connections: gives it other types, or removes it. */
export const handMade = fc.record({
  victim: fc.nat(),
  types: fc.option(fc.subarray(["audit", "logs"], { minLength: 1 })),
});
type HandMade = typeof handMade extends fc.Arbitrary<infer Value> ? Value : never;

/** The orgs of random programs, which connect each source to sinks; other connections are others'. */
export class Cast {
  /** By the names of their credential profiles. */
  readonly sources: Readonly<Record<string, Org>>;
  readonly #sinks: readonly Pick<Org, "id">[];

  constructor(sources: Readonly<Record<string, Org>>, sinks: readonly Pick<Org, "id">[]) {
    this.sources = sources;
    this.#sinks = sinks;
  }

  /** Programs whose resources, of some of these names, have different pairs of orgs. */
  programs(names: readonly string[], { atLeast = 0 } = {}): fc.Arbitrary<Program> {
    const pairs = Object.keys(this.sources).flatMap((profile) =>
      this.#sinks.map(({ id }) => ({ profile, sinkOrgId: id })),
    );
    const types = fc.subarray(["audit", "logs", "metrics"], { minLength: 1 });
    return fc
      .tuple(
        fc.shuffledSubarray([...names], { minLength: atLeast }),
        fc.shuffledSubarray(pairs, { minLength: atLeast }),
        fc.array(types, { minLength: pairs.length, maxLength: pairs.length }),
      )
      .map(([some, taken, typesOf]) => {
        const entries = some.flatMap((name, index): [string, Declared][] => {
          const pair = taken[index];
          return pair ? [[name, { ...pair, connectionTypes: typesOf[index] ?? [] }]] : [];
        });
        return new Map(entries);
      });
  }

  /** Adds what nobody declares, and so nobody may touch. */
  connectOthers(fake: FakeDatadog): void {
    const elsewhere = fake.addOrg("Elsewhere");
    for (const source of [...Object.values(this.sources), ...this.#sinks]) {
      fake.connect({ source, sink: elsewhere, types: ["metrics"] });
    }
    const [source] = Object.values(this.sources);
    const [sink] = this.#sinks;
    if (source && sink) fake.connect({ source: sink, sink: source, types: ["logs"] });
  }

  /** @returns whether there was a connection to change. */
  changeByHand(fake: FakeDatadog, { victim, types }: HandMade): boolean {
    const ours = this.#ours(fake);
    const connection = ours[victim % ours.length];
    if (connection === undefined) return false;
    if (types) fake.setTypes(connection.id, types);
    else fake.remove(connection.id);
    return true;
  }

  others(fake: FakeDatadog): Connection[] {
    return fake.connections.filter((one) => !this.#isOurs(one));
  }

  /** Our connections as a program declares them, in a comparable form. */
  declared(program: Program): string[] {
    return [...program.values()]
      .map((one) => [this.#sourceId(one), one.sinkOrgId, one.connectionTypes].join(" "))
      .sort();
  }

  /** Our connections as the service has them, in the same form. */
  existing(fake: FakeDatadog): string[] {
    return this.#ours(fake)
      .map((one) => [one.sourceOrgId, one.sinkOrgId, one.types.toSorted()].join(" "))
      .sort();
  }

  /** The ids that the resources of a program must have, by name. */
  ids(program: Program, fake: FakeDatadog): Map<string, string | undefined> {
    const idOf = (declared: Declared) =>
      fake.connections.find(
        ({ sourceOrgId, sinkOrgId }) =>
          sourceOrgId === this.#sourceId(declared) && sinkOrgId === declared.sinkOrgId,
      )?.id;
    return new Map([...program].map(([name, declared]) => [name, idOf(declared)]));
  }

  #sourceId({ profile }: Declared): string | undefined {
    return this.sources[profile]?.id;
  }

  #ours(fake: FakeDatadog): Connection[] {
    return fake.connections.filter((one) => this.#isOurs(one));
  }

  #isOurs({ sourceOrgId, sinkOrgId }: Connection): boolean {
    return (
      Object.values(this.sources).some(({ id }) => id === sourceOrgId) &&
      this.#sinks.some(({ id }) => id === sinkOrgId)
    );
  }
}
