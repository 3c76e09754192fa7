/** The kinds of second factors. Recovery codes replace another factor once; they are never the only one. */
export const FACTOR_KINDS = ["TOTP", "PASSKEY", "RECOVERY_CODES"] as const;

export type FactorKind = (typeof FACTOR_KINDS)[number];

/** The kinds that a sign-in can require. */
export type SecondFactorKind = Exclude<FactorKind, "RECOVERY_CODES">;

/** How sure the server is of the user, weakest first. */
export const ASSURANCES = ["SINGLE", "MULTI", "PHISHING_RESISTANT"] as const;

export type Assurance = (typeof ASSURANCES)[number];

/** Returns the assurance of a session that has proven these factors after its first step. */
export function assuranceOf(proven: readonly FactorKind[]): Assurance {
  if (proven.includes("PASSKEY")) return "PHISHING_RESISTANT";
  return proven.length > 0 ? "MULTI" : "SINGLE";
}

/** Returns the highest assurance that a user with these factors can reach. */
export const highestOf = assuranceOf;

export function isAtLeast(assurance: Assurance, least: Assurance): boolean {
  return ASSURANCES.indexOf(assurance) >= ASSURANCES.indexOf(least);
}

/** RFC 8176 values of each factor. The server does not check where a passkey's key is kept, so it is a `pop`. */
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
