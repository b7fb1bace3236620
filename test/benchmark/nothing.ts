import type { OrgConnectionProvider as Provider } from "../../provider/provider.ts";

const details = {
  sinkOrgName: "Hub",
  sourceOrgId: "0a51f3c8-00cc-11ea-a77b-570c9d03c6c5",
  sourceOrgName: "Payments",
  createdAt: "2026-11-24T08:13:34.971179+00:00",
  createdBy: "3ad549bf-eba0-11e9-a77a-0705486660d0",
  createdByName: "Ada",
};

/**
 * Takes the place of the provider, to measure the engine alone: it sends nothing, answers at once, and
 * has as much in the state.
 */
export class OrgConnectionProvider implements Pick<Provider, keyof Provider> {
  configure(): void {}

  check: Provider["check"] = async (_olds, news) => ({
    inputs: { sinkOrgId: "", connectionTypes: [], ...Object(news) },
    failures: [],
  });

  list: Provider["list"] = async () => [];

  diff: Provider["diff"] = async (_id, olds, news) => {
    const isSame = String(olds.connectionTypes) === String(news.connectionTypes);
    return { updates: isSame ? [] : ["connectionTypes"], replaces: [] };
  };

  create: Provider["create"] = async (inputs) => ({
    id: crypto.randomUUID(),
    outputs: { ...inputs, ...details },
  });

  read: Provider["read"] = async (id, recorded = {}) => {
    const { sinkOrgId = "", connectionTypes = [], profile } = recorded;
    const inputs = { sinkOrgId, connectionTypes, ...(profile !== undefined && { profile }) };
    return { id, inputs, outputs: { ...inputs, ...details } };
  };

  update: Provider["update"] = async (_id, olds, { connectionTypes }) => ({
    ...olds,
    connectionTypes,
  });

  async delete(): Promise<void> {}
}
