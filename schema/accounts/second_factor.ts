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
    "Waits for a second factor, to finish a sign-in or to raise a session. Its id is secret: with the id and the factor, `verifySecondFactor` signs the user in.",
  interfaces: [NodeInterface, FlowInterface],
  isTypeOf: seenBy<ChallengeFlow>(maySeeFlow),
  fields: (t) => ({
    factors: t.field({
      type: [FactorKindEnum],
      description: "The kinds of factors that it accepts.",
      resolve: ({ detail }) => detail.factors,
    }),
    attemptsLeft: t.int({
      description: "Tries left in this flow.",
      resolve: (flow) => hasEnded(flow) ? 0 : asChallenge(flow).detail.attemptsLeft,
    }),
    passkeyOptions: t.field({
      type: "JSON",
      nullable: true,
      description:
        "For `PublicKeyCredential.parseRequestOptionsFromJSON`, when a passkey is among the factors. Null after the flow has ended.",
      resolve: (flow, _args, { services }) => passkeyOptionsOf(services, flow),
    }),
  }),
});

export const SecondFactorRequiredType = builder.objectRef<SecondFactorRequired>("SecondFactorRequired")
  .implement({
    description:
      "The sign-in is right so far, and the user has second factors: prove one of them with `verifySecondFactor` within ten minutes.",
    fields: (t) => ({
      challenge: t.field({ type: SecondFactorFlowType, resolve: ({ challenge }) => asChallenge(challenge) }),
    }),
  });

export const SecondFactorRejectedType = errorType(
  SecondFactorRejected,
  "The factor is wrong or was used, or the flow or enrolment is unknown, ended or expired. All cases return this error.",
);
