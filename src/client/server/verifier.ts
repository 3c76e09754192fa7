import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from "jose";

/** The session that an access token belongs to. */
export type VerifiedSession = {
  userId: string;
  sessionId: string;
  isGuest: boolean;
  /** The user's roles when the token was issued. A refresh brings changes. */
  roles: readonly string[];
  /** Time of the sign-in. A refresh does not change it. */
  signedInAt: Date;
  /** When the token expires. */
  expiresAt: Date;
};

export type VerifierOptions = {
  /** The server's `PUBLIC_URL`, or `urn:sallyport` without one. */
  issuer: string;
  /** The server's `ACCESS_TOKEN_AUDIENCE`. By default the issuer. */
  audience?: string;
  /** Where the server publishes its keys. By default `/.well-known/jwks.json` of the issuer. */
  jwksUrl?: string | URL;
  /** Accepts guests, who have not identified themselves. False by default. */
  guests?: boolean;
};

/** Verifies access tokens with the published keys, without a request to the server for each token. */
export type Verifier = {
  /**
   * Returns the session of a token. Accepts the token of a revoked session until the token expires.
   *
   * @throws TokenRejected if the token is not valid here
   * @throws KeysUnavailable if the server's keys cannot be loaded
   */
  verify(token: string): Promise<VerifiedSession>;
  /** Like `verify`, for the value of an `Authorization` header (RFC 6750 §2.1). */
  authenticate(authorization: string | null | undefined): Promise<VerifiedSession>;
};

/** The token is missing or invalid: answer with 401 and the header `wwwAuthenticate`. The message does not contain the token. */
export class TokenRejected extends Error {
  override readonly name = "TokenRejected";
  readonly status = 401;
  /** RFC 6750 §3: without an error code if the request has no token. */
  readonly wwwAuthenticate: string;
  constructor(message: string, hasToken = true) {
    super(message);
    this.wwwAuthenticate = hasToken ? 'Bearer error="invalid_token"' : "Bearer";
  }
}

/** The keys cannot be loaded, so the token could not be checked: answer with 503. */
export class KeysUnavailable extends Error {
  override readonly name = "KeysUnavailable";
  readonly status = 503;
}

/** The server publishes keys of both; each key names its algorithm. */
const ALGORITHMS = ["EdDSA", "ES256"];

/** Clocks may differ by this many seconds. */
const LEEWAY_SECONDS = 5;

/** Creates a verifier. Create it once: it caches the keys, and loads new ones when the server rotates them. */
export function createVerifier(options: VerifierOptions): Verifier {
  const { issuer, audience = issuer, guests = false } = options;
  const keys = createRemoteJWKSet(new URL(options.jwksUrl ?? `${issuer}/.well-known/jwks.json`));
  const verify: Verifier["verify"] = async (token) => {
    const checks = {
      issuer,
      audience,
      typ: "at+jwt",
      algorithms: ALGORITHMS,
      clockTolerance: LEEWAY_SECONDS,
    };
    const session = sessionOf(await jwtVerify(token, keys, checks).then(({ payload }) => payload, rejected));
    if (session.isGuest && !guests) throw new TokenRejected("Guests are not accepted: register, or sign in");
    return session;
  };
  return {
    verify,
    authenticate: async (authorization) => {
      const [, token] = /^Bearer +([!-~]+) *$/i.exec(authorization ?? "") ?? [];
      if (token === undefined) throw new TokenRejected("No access token: sign in", false);
      return await verify(token);
    },
  };
}

/** Errors about the token. All others are about the keys. */
const ABOUT_TOKEN = [
  errors.JWTClaimValidationFailed,
  errors.JWTExpired,
  errors.JWTInvalid,
  errors.JWSInvalid,
  errors.JWSSignatureVerificationFailed,
  errors.JOSEAlgNotAllowed,
  errors.JOSENotSupported,
  errors.JWKSNoMatchingKey,
  // Our tokens always name their key.
  errors.JWKSMultipleMatchingKeys,
];

function rejected(cause: unknown): never {
  if (ABOUT_TOKEN.some((kind) => cause instanceof kind)) {
    throw new TokenRejected("The access token is not valid: refresh it, or sign in again");
  }
  throw new KeysUnavailable("The keys of the authentication server cannot be loaded", { cause });
}

function sessionOf({ sub, sid, auth_time: signedInAt, exp, guest, roles }: JWTPayload): VerifiedSession {
  if (
    typeof sub !== "string" || typeof sid !== "string" || typeof signedInAt !== "number" || exp === undefined
  ) {
    throw new TokenRejected("The access token lacks a claim");
  }
  return {
    userId: sub,
    sessionId: sid,
    isGuest: guest === true,
    roles: Array.isArray(roles) ? roles.map(String) : [],
    signedInAt: new Date(signedInAt * 1000),
    expiresAt: new Date(exp * 1000),
  };
}
