/**
 * The floor: a provider that sends nothing and answers at once. It takes the place of the package's
 * entry, so that the provider text in the state is the very same; it stores as much as the package.
 */
let created = 0;

const details = {
  sinkOrgName: "Sink 1234",
  sourceOrgId: "0a51f3c8-00cc-11ea-a77b-570c9d03c6c5",
  sourceOrgName: "Payments",
  createdAt: "2026-11-24T08:13:34.971179+00:00",
  createdBy: "3ad549bf-eba0-11e9-a77a-0705486660d0",
  createdByName: "Ada",
};

exports.handler = () => ({
  check: async (_olds, inputs) => ({ inputs }),
  diff: async (_id, olds, news) => ({
    changes: String(olds.connectionTypes) !== String(news.connectionTypes),
  }),
  create: async ({ sinkOrgId, connectionTypes }) => ({
    id: `1b0c5a52-2f0e-4a0f-9a53-${String(created++).padStart(12, "0")}`,
    outs: { sinkOrgId, connectionTypes, ...details },
  }),
  read: async (id, props) => ({
    id,
    props,
    inputs: { sinkOrgId: props.sinkOrgId, connectionTypes: props.connectionTypes },
  }),
  update: async (_id, olds, { connectionTypes }) => ({ outs: { ...olds, connectionTypes } }),
  delete: async () => {},
});
