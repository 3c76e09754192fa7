import assert from "node:assert/strict";
import { graphql, type ResultOf } from "../../src/client/operator/graphql.ts";
import type { TestApp } from "./app.ts";

const Diagnose = graphql(`
  query Diagnose($identifier: String!) {
    diagnose(identifier: $identifier) {
      subject user { id }
      findings { code cause cure since until events { type ipAddress data } }
    }
  }
`);

export type Diagnosis = ResultOf<typeof Diagnose>["diagnose"];

/** What an operator learns about this name, address or id, after all refusals so far are written. */
export async function diagnosisOf(app: TestApp, identifier: string): Promise<Diagnosis> {
  await app.services.refusals.written();
  await app.services.eventLog.settled();
  const operator = await app.operator("READ");
  return (await operator.request(Diagnose, { identifier })).diagnose;
}

/** The most likely cause. Fails if it has another code. */
export async function causeOf(app: TestApp, identifier: string, code: string) {
  const { findings } = await diagnosisOf(app, identifier);
  const [first] = findings;
  assert.equal(first?.code, code, JSON.stringify(findings, null, 1));
  return first!;
}
