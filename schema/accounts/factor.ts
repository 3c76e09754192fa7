import type { ASSURANCES, FACTOR_KINDS } from "../../src/operations/assurance.ts";
import type { Factor } from "../../src/accounts/factors/factors.ts";
import { builder } from "../lib/builder.ts";

export const FactorKindEnum = builder.enumType("FactorKind", {
  description: "The kind of a second factor.",
  values: {
    TOTP: { description: "An authenticator app with six-digit codes (RFC 6238)." },
    PASSKEY: { description: "A passkey (WebAuthn) that has verified the user." },
    RECOVERY_CODES: { description: "Ten codes, each of which replaces another factor once." },
  } satisfies Record<(typeof FACTOR_KINDS)[number], object>,
});

export const AssuranceEnum = builder.enumType("Assurance", {
  description: "How sure the server is of the user. Access tokens say it as `acr`.",
  values: {
    SINGLE: { description: "The first step of a sign-in. `urn:sallyport:single`." },
    MULTI: { description: "A second factor was proven too. `urn:sallyport:multi`." },
    PHISHING_RESISTANT: { description: "A passkey was used. `urn:sallyport:phishing-resistant`." },
  } satisfies Record<(typeof ASSURANCES)[number], object>,
});

/** Has no `isTypeOf`: every field that returns one shows only the caller's own, or requires an operator. */
export const FactorType = builder.objectRef<Factor>("Factor").implement({
  description: "A second factor of a user. Never contains a secret.",
  fields: (t) => ({
    id: t.exposeID("id"),
    kind: t.expose("kind", { type: FactorKindEnum }),
    name: t.exposeString("name"),
    createdAt: t.expose("createdAt", { type: "DateTime" }),
    lastUsedAt: t.expose("lastUsedAt", { type: "DateTime", nullable: true }),
    backedUp: t.boolean({
      nullable: true,
      description:
        "PASSKEY: whether it was backed up at its last use, and so is available on other devices. Null for others.",
      resolve: ({ synced }) => synced,
    }),
    remaining: t.exposeInt("remaining", {
      nullable: true,
      description: "RECOVERY_CODES: how many are left. Null for others.",
    }),
  }),
});
