import type { Mutation } from "../mutation.ts";

export const FLOWS: readonly Mutation[] = [
  {
    name: "the role READ cancels a flow",
    file: "src/flows/flows.ts",
    before: 'if (!flow.heldBy && !mayAct(caller, "OPERATE", flow.userId))',
    after: 'if (!flow.heldBy && !mayAct(caller, "READ", flow.userId))',
    suites: ["flows/flows_refusals"],
  },
  {
    name: "a flow that has ended keeps its secrets",
    file: "src/flows/flows.ts",
    before: "hasEnded({ status }) ? null : change.sealed ?? flow.sealed",
    after: "change.sealed ?? flow.sealed",
    suites: ["flows/flows."],
  },
];
