import type { IdTokenOptions } from "./id_token.ts";

/** What programs call; the pages are for people. */
export type GoogleEndpoint = "token" | "revocation" | "certificates";

export type GrantType = "authorization_code" | "refresh_token";

/** What an endpoint does instead of its work, or with the answer to it. */
export type GoogleFault =
  & {
    endpoint: GoogleEndpoint;
    /** At the token endpoint, the calls it strikes; any when left out. */
    grantType?: GrantType;
    /** How many calls it strikes before it is over; for ever when left out. */
    times?: number;
  }
  & (
    | {
      /** This is answered, and nothing done. */
      kind: "answer";
      status: number;
      body: string | Record<string, unknown>;
    }
    /** Nothing is done or answered: the call is held until the client gives up. */
    | { kind: "silent" }
    /** The connection is dropped, before the work or when it is done. */
    | { kind: "dropped"; done: boolean }
    /** The work is done, and this answered instead of JSON. */
    | { kind: "garbled"; body: string }
  );

/** Everything about the emulator that can be changed while it runs. Each takes effect at the next call. */
export type GoogleSwitches = {
  /** Every answer of the token endpoint comes so many milliseconds later. */
  delayMs: number;
  /** The first one that fits a call strikes. See `serverError`, `invalidGrant`, `silent` and `dropped`. */
  faults: GoogleFault[];
  /** What every ID token has, whoever asks for it. */
  idTokens: IdTokenOptions;
  /**
   * When there is a refresh token: as at Google (with `access_type=offline`, and then at the person's first consent or
   * with `prompt=consent`), or not even then.
   */
  refreshTokens: "as_google" | "never";
  /** Of the scopes that are asked for, those that a person can grant; undefined for all. */
  grantableScopes: readonly string[] | undefined;
  /** Fields put over those of the token endpoint's true answers; undefined leaves one out. */
  tokenAnswer: Record<string, unknown>;
  /** What the published keys may be cached for. */
  certificatesCacheControl: string;
  /** How long a cache on the way has held the published keys: their `Age`. */
  certificatesAgeSeconds: number;
};

export function defaultSwitches(): GoogleSwitches {
  return {
    delayMs: 0,
    faults: [],
    idTokens: {},
    refreshTokens: "as_google",
    grantableScopes: undefined,
    tokenAnswer: {},
    certificatesCacheControl: "public, max-age=22000, must-revalidate, no-transform",
    certificatesAgeSeconds: 0,
  };
}

/** The next calls fail at Google. */
export function serverError(endpoint: GoogleEndpoint, times: number, status: 500 | 503 = 500): GoogleFault {
  return { endpoint, kind: "answer", status, body: { error: "internal_failure" }, times };
}

/** The next refreshes are refused for good: the grant is gone. */
export function invalidGrant(times: number): GoogleFault {
  const body = { error: "invalid_grant", error_description: "Token has been expired or revoked." };
  return { endpoint: "token", grantType: "refresh_token", kind: "answer", status: 400, body, times };
}

/** The next calls are never answered. */
export function silent(endpoint: GoogleEndpoint, times: number): GoogleFault {
  return { endpoint, kind: "silent", times };
}

/** The next calls lose their connection: before anything was done, or when it was `done`. */
export function dropped(endpoint: GoogleEndpoint, times: number, done = false): GoogleFault {
  return { endpoint, kind: "dropped", done, times };
}

/** Takes the fault that strikes a call, if any, and counts it. */
export function takeFault(
  switches: GoogleSwitches,
  endpoint: GoogleEndpoint,
  grantType?: string,
): GoogleFault | undefined {
  const fault = switches.faults.find((one) =>
    one.endpoint === endpoint && (one.grantType ?? grantType) === grantType && (one.times ?? 1) > 0
  );
  if (fault?.times !== undefined) fault.times--;
  return fault;
}
