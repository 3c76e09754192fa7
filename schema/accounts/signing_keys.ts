import { originOf } from "../../src/operations/caller.ts";
import { rotateSigningKeys } from "../../src/accounts/sessions/signing_key_rotation.ts";
import type { PublishedKey } from "../../src/accounts/sessions/signing_keys.ts";
import { builder } from "../lib/builder.ts";
import { DoneResult } from "../lib/done.ts";

const SigningKeyType = builder.objectRef<PublishedKey>("SigningKey").implement({
  description: "A key that signs access tokens. `/.well-known/jwks.json` publishes its public part.",
  authScopes: { operator: "READ" },
  fields: (t) => ({
    id: t.exposeID("id", { description: "The `kid` in the header of tokens." }),
    algorithm: t.exposeString("algorithm", { description: "`EdDSA` or `ES256`." }),
    createdAt: t.expose("createdAt", { type: "DateTime", description: "When it was published." }),
    signsFrom: t.expose("signsFrom", { type: "DateTime", description: "When it may sign." }),
    signs: t.exposeBoolean("signs", {
      description: "Whether it signs new tokens now. The other keys wait, or verify older tokens.",
    }),
  }),
});

builder.queryField("signingKeys", (t) =>
  t.field({
    type: [SigningKeyType],
    description: "All signing keys, in the order in which they sign. Requires the role READ.",
    authScopes: { operator: "READ" },
    resolve: (_root, _args, { services }) => services.sessions.signingKeys.list(),
  }));

builder.mutationField("rotateSigningKey", (t) =>
  t.field({
    type: DoneResult,
    description:
      "Publishes a new signing key of each algorithm. It starts to sign after five minutes; tokens signed with the old key stay valid until they expire. Requires the role OPERATE.",
    authScopes: { operator: "OPERATE" },
    resolve: async (_root, _args, { caller, services }) => {
      const { signingAlgorithm, signingKeys } = services.sessions;
      const { signsFrom, added } = await rotateSigningKeys(services, originOf(caller), signingAlgorithm);
      await signingKeys.reload();
      const what = added ? "A new key is published and" : "A new key was published already and";
      return { message: `${what} signs from ${signsFrom.toISOString()}` };
    },
  }));
