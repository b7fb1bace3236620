import { expect, it } from "vitest";
import { readDriftPipeline, readDriftWorkflow, repairCommand } from "./drift-services.ts";

it("the workflow runs by schedule and by hand, and pins its actions", async () => {
  const { on, jobs } = await readDriftWorkflow();
  expect(on.schedule).toHaveLength(1);
  expect(on.workflow_dispatch.inputs).toHaveProperty("repair");
  const used = Object.values(jobs).flatMap(({ steps }) => steps.flatMap(({ uses = [] }) => uses));
  expect(used).toHaveLength(6);
  for (const action of used) expect(action).toMatch(/@v\d+\.\d+\.\d+$/);
});

it("the workflow's jobs may do no more than they must", async () => {
  const { permissions, jobs } = await readDriftWorkflow();
  expect(permissions).toEqual({});
  expect(jobs["detect"]?.permissions).toEqual({ contents: "read", issues: "write" });
  expect(jobs["repair"]).toMatchObject({
    if: "inputs.repair && needs.detect.outputs.drift == 'true'",
    environment: "org-connections-repair",
    permissions: { contents: "read" },
  });
});

it("the pipeline runs by schedule and by hand, and repairs only by hand", async () => {
  const { workflow, repair } = await readDriftPipeline();
  expect(workflow.rules).toEqual([
    { if: '$CI_PIPELINE_SOURCE == "schedule"' },
    { if: '$CI_PIPELINE_SOURCE == "web"' },
  ]);
  expect(repair).toMatchObject({ when: "manual", environment: "org-connections-repair" });
});

it("both install with npm ci, repair by the same command, and name the stack once", async () => {
  const { env, jobs } = await readDriftWorkflow();
  const { variables, detect, repair } = await readDriftPipeline();
  const steps = jobs["repair"]?.steps.flatMap(({ run = [] }) => run);
  expect(steps).toEqual(["npm ci", repairCommand]);
  expect(repair.script).toEqual(steps);
  expect(jobs["detect"]?.steps.find(({ run }) => run)?.run).toBe("npm ci");
  expect(detect.script[0]).toBe("npm ci");
  expect([env, variables]).toEqual(Array(2).fill({ STACK: "dev" }));
});

it("both pin the same CLI, of 3.229 or later", async () => {
  const { jobs } = await readDriftWorkflow();
  const { default: defaults } = await readDriftPipeline();
  const image = /^pulumi\/pulumi-nodejs-22:(?<version>3\.(?<minor>\d+)\.\d+)$/.exec(defaults.image);
  expect(Number(image?.groups?.["minor"])).toBeGreaterThanOrEqual(229);
  const pinned = Object.values(jobs)
    .flatMap(({ steps }) => steps.map((step) => step.with["pulumi-version"]))
    .filter((version) => version !== undefined);
  expect(pinned).toEqual(Array(2).fill(image?.groups?.["version"]));
});
