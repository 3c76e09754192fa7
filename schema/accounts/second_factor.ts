import { asChallenge, type ChallengeFlow } from "../../src/accounts/factors/challenge.ts";
import type { SecondFactorRequired } from "../../src/accounts/sessions/issue_session.ts";
import { SecondFactorRejected } from "../../src/accounts/factors/factors.ts";
import { hasEnded } from "../../src/flows/flows.ts";
import { passkeyOptionsOf } from "../../src/accounts/factors/passkeys/prove_passkey.ts";
import { FlowInterface, maySeeFlow } from "../flows.ts";
import { builder, seenBy } from "../lib/builder.ts";
import { errorType } from "../lib/errors.ts";
import { NodeInterface } from "../lib/node.ts";
import { AssuranceEnum, FactorKindEnum } from "./factor.ts";

export { AssuranceEnum };

export const SecondFactorFlowType = builder.objectRef<ChallengeFlow>("SecondFactorFlow").implement({
  description:
    "A challenge: waits for a second factor, to finish a sign-in or a step-up. It expires after ten minutes. Its id is secret: with the id and a factor, `verifySecondFactor` signs the user in.",
  interfaces: [NodeInterface, FlowInterface],
  isTypeOf: seenBy<ChallengeFlow>(maySeeFlow),
  fields: (t) => ({
    factors: t.field({
      type: [FactorKindEnum],
      description:
        "The kinds of factors that it accepts. A step-up accepts the strongest kind, and recovery codes.",
      resolve: ({ detail }) => detail.factors,
    }),
    attemptsLeft: t.int({
      description: "Wrong proofs left until the flow fails, of five. Zero after the flow has ended.",
      resolve: (flow) => hasEnded(flow) ? 0 : asChallenge(flow).detail.attemptsLeft,
    }),
    passkeyOptions: t.field({
      type: "JSON",
      nullable: true,
      description:
        "Pass it to `PublicKeyCredential.parseRequestOptionsFromJSON`. Null if `factors` has no PASSKEY, or the flow has ended.",
      resolve: (flow, _args, { services }) => passkeyOptionsOf(services, flow),
    }),
  }),
});

export const SecondFactorRequiredType = builder.objectRef<SecondFactorRequired>("SecondFactorRequired")
  .implement({
    description:
      "The first step of the sign-in is right, and the user has second factors. Prove one of them with `verifySecondFactor` within ten minutes to get the session.",
    fields: (t) => ({
      challenge: t.field({ type: SecondFactorFlowType, resolve: ({ challenge }) => asChallenge(challenge) }),
    }),
  });

export const SecondFactorRejectedType = errorType(
  SecondFactorRejected,
  "The proof is wrong or was used, or the flow, enrolment or ceremony is unknown, ended or expired. All cases return this error.",
);
