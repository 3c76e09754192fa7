import fc from "fast-check";
import { costlyDocuments, WORST } from "../support/costly_documents.ts";
import { createValidating } from "../support/validating.ts";
import type { Bench } from "./bench.ts";

const WARM_UP_ROUNDS = 20;
const GENERATED = 2_000;
/** Of so many times the least counts: the rest is the garbage collector's and the machine's. */
const TIMES = 5;

/** How long the dearest document holds the server up that its limits admit, or refuse only by validating it. */
export const validation: Bench = ({ say }) => {
  const validating = createValidating();
  const documents = [...Object.values(WORST), ...fc.sample(costlyDocuments, { numRuns: GENERATED, seed: 1 })];
  for (let round = 0; round < WARM_UP_ROUNDS; round++) Object.values(WORST).forEach(validating);
  const times = documents.map((document) =>
    Math.min(...Array.from({ length: TIMES }, () => validating(document).ms))
  );
  const worst = Math.max(...times);
  say(`the dearest: ${documents[times.indexOf(worst)]?.slice(0, 100)}`);
  return Promise.resolve([
    { name: "validating the dearest document", value: worst, unit: "ms", target: { below: 10 } },
  ]);
};
