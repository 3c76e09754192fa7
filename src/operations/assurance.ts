/** The kinds of second factors. A user with recovery codes always has a factor of another kind too. */
export const FACTOR_KINDS = ["TOTP", "PASSKEY", "RECOVERY_CODES"] as const;

export type FactorKind = (typeof FACTOR_KINDS)[number];

/** The kinds that make a second factor required at sign-in. Recovery codes alone do not. */
export type SecondFactorKind = Exclude<FactorKind, "RECOVERY_CODES">;

/** How strongly a session has proven who the user is, weakest first. */
export const ASSURANCES = ["SINGLE", "MULTI", "PHISHING_RESISTANT"] as const;

export type Assurance = (typeof ASSURANCES)[number];

/** Returns the assurance of a session that has proven these second factors. */
export function assuranceOf(proven: readonly FactorKind[]): Assurance {
  if (proven.includes("PASSKEY")) return "PHISHING_RESISTANT";
  return proven.length > 0 ? "MULTI" : "SINGLE";
}

export function isAtLeast(assurance: Assurance, least: Assurance): boolean {
  return ASSURANCES.indexOf(assurance) >= ASSURANCES.indexOf(least);
}

/**
 * The `amr` values of each kind (RFC 8176). A passkey is `pop`, not `hwk` or `swk`: the server does not check where the
 * key is kept.
 */
const AMR: Record<FactorKind, readonly string[]> = {
  TOTP: ["otp"],
  PASSKEY: ["pop", "user"],
  RECOVERY_CODES: ["otp"],
};

/** Returns the `amr` (RFC 8176) of a session: the values of its method, its factors, and `mfa` if there are any. */
export function amrOf(ofMethod: readonly string[], proven: readonly FactorKind[]): string[] {
  const values = [...ofMethod, ...proven.flatMap((kind) => AMR[kind]), ...(proven.length > 0 ? ["mfa"] : [])];
  return [...new Set(values)];
}

const ACR: Record<Assurance, string> = {
  SINGLE: "urn:sallyport:single",
  MULTI: "urn:sallyport:multi",
  PHISHING_RESISTANT: "urn:sallyport:phishing-resistant",
};

/** Returns the `acr` claim (OpenID Connect Core §2) of tokens. */
export function acrOf(assurance: Assurance): string {
  return ACR[assurance];
}

/** Returns the assurance in a token's `acr`. Tokens of earlier versions have none: SINGLE. */
export function assuranceFrom(acr: unknown): Assurance {
  return ASSURANCES.find((assurance) => ACR[assurance] === acr) ?? "SINGLE";
}
