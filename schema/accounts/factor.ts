import type { ASSURANCES, FACTOR_KINDS } from "../../src/operations/assurance.ts";
import type { Factor } from "../../src/accounts/factors/factors.ts";
import { builder } from "../lib/builder.ts";

export const FactorKindEnum = builder.enumType("FactorKind", {
  description: "The kind of a second factor.",
  values: {
    TOTP: {
      description: "An authenticator app with six-digit codes (RFC 6238). Each code is accepted once.",
    },
    PASSKEY: {
      description:
        "A passkey (WebAuthn level 3). It must verify the user, for example by a PIN or biometrics.",
    },
    RECOVERY_CODES: {
      description: "Ten codes for users who lost their other factors. Each code is accepted once.",
    },
  } satisfies Record<(typeof FACTOR_KINDS)[number], object>,
});

export const AssuranceEnum = builder.enumType("Assurance", {
  description:
    "How strongly a session has proven who the user is, weakest first. Access tokens contain it as the claim `acr`.",
  values: {
    SINGLE: {
      description: "Only the first step of a sign-in, such as a password. `acr`: `urn:sallyport:single`.",
    },
    MULTI: { description: "Also an authenticator app or a recovery code. `acr`: `urn:sallyport:multi`." },
    PHISHING_RESISTANT: {
      description: "A passkey that has verified the user. `acr`: `urn:sallyport:phishing-resistant`.",
    },
  } satisfies Record<(typeof ASSURANCES)[number], object>,
});

/** Needs no `isTypeOf`: every field that returns a factor is for the caller's own, or requires an operator. */
export const FactorType = builder.objectRef<Factor>("Factor").implement({
  description: "A second factor of a user, without its secret. A user has at most ten, and recovery codes.",
  fields: (t) => ({
    id: t.exposeID("id"),
    kind: t.expose("kind", { type: FactorKindEnum }),
    name: t.exposeString("name", { description: "1 to 64 characters. `renameFactor` changes it." }),
    createdAt: t.expose("createdAt", { type: "DateTime" }),
    lastUsedAt: t.expose("lastUsedAt", {
      type: "DateTime",
      nullable: true,
      description: "When it was last proven. Null if it was not used after it was added.",
    }),
    backedUp: t.boolean({
      nullable: true,
      description:
        "PASSKEY: whether it was backed up at its last use, and so may be on other devices. Null for other kinds.",
      resolve: ({ synced }) => synced,
    }),
    credentialId: t.exposeString("credentialId", {
      nullable: true,
      description:
        "PASSKEY: the id of its credential, as base64url. Null for other kinds. After `removeFactor`, pass it to `PublicKeyCredential.signalUnknownCredential`, so that browsers no longer offer the passkey.",
    }),
    remaining: t.exposeInt("remaining", {
      nullable: true,
      description: "RECOVERY_CODES: how many codes are left. Null for other kinds.",
    }),
  }),
});
