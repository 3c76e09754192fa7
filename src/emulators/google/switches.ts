import type { IdTokenOptions } from "./id_token.ts";

/** The endpoints that programs call. */
export type GoogleEndpoint = "token" | "revocation" | "certificates";

export type GrantType = "authorization_code" | "refresh_token";

/** A failure of an endpoint, before or after its work. */
export type GoogleFault =
  & {
    endpoint: GoogleEndpoint;
    /** The affected calls of the token endpoint; all by default. */
    grantType?: GrantType;
    /** The number of affected calls; unlimited by default. */
    times?: number;
  }
  & (
    | {
      /** Answers with `status` and `body`, and does no work. */
      kind: "answer";
      status: number;
      body: string | Record<string, unknown>;
    }
    /** Does no work and never answers. */
    | { kind: "silent" }
    /** Drops the connection, before the work, or after it if `done`. */
    | { kind: "dropped"; done: boolean }
    /** Does the work, and answers with `body` instead of JSON. */
    | { kind: "garbled"; body: string }
  );

/** Settings that can change while the emulator runs. A change takes effect at the next call. */
export type GoogleSwitches = {
  /** Delays every answer of the token endpoint. */
  delayMs: number;
  /** The first matching fault applies. See `serverError`, `invalidGrant`, `silent` and `dropped`. */
  faults: GoogleFault[];
  /** Options for every ID token. */
  idTokens: IdTokenOptions;
  /**
   * When a refresh token is issued. `as_google`: with `access_type=offline`, at the person's first consent or with
   * `prompt=consent`.
   */
  refreshTokens: "as_google" | "never";
  /** The scopes that a person can grant; undefined for all. */
  grantableScopes: readonly string[] | undefined;
  /** Fields that replace those of the token endpoint's real answers; undefined removes one. */
  tokenAnswer: Record<string, unknown>;
  /** The `Cache-Control` header of the published keys. */
  certificatesCacheControl: string;
  /** The `Age` header of the published keys. */
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

/** The next calls fail with a server error. */
export function serverError(endpoint: GoogleEndpoint, times: number, status: 500 | 503 = 500): GoogleFault {
  return { endpoint, kind: "answer", status, body: { error: "internal_failure" }, times };
}

/** The next refreshes fail with `invalid_grant`, as after a revocation. */
export function invalidGrant(times: number): GoogleFault {
  const body = { error: "invalid_grant", error_description: "Token has been expired or revoked." };
  return { endpoint: "token", grantType: "refresh_token", kind: "answer", status: 400, body, times };
}

/** The next calls are never answered. */
export function silent(endpoint: GoogleEndpoint, times: number): GoogleFault {
  return { endpoint, kind: "silent", times };
}

/** The connections of the next calls are dropped, before the work, or after it if `done`. */
export function dropped(endpoint: GoogleEndpoint, times: number, done = false): GoogleFault {
  return { endpoint, kind: "dropped", done, times };
}

/** Returns the fault for a call, if any, and counts it. */
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
