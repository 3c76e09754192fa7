// deno-fmt-ignore-file
// Written by `deno task schema` from `operations.graphql` and the schema; do not edit.

export type Assurance = "MULTI" | "PHISHING_RESISTANT" | "SINGLE";

export type AuthMethod = "EMAIL_CODE" | "GOOGLE" | "GUEST" | "PASSKEY" | "PASSWORD";

export type FactorKind = "PASSKEY" | "RECOVERY_CODES" | "TOTP";

export type FlowStatus = "CANCELLED" | "EXPIRED" | "FAILED" | "PENDING" | "SUCCEEDED" | "TIMED_OUT" | "WAITING";

export type GoogleAuthorizationMode = "CLI" | "WEB";

export type Provider = "GOOGLE" | "MODAL";

export type SessionTransport = "COOKIE" | "TOKENS";

export type TokenHealth = "EXPIRED" | "EXPIRING" | "HEALTHY" | "REAUTHORIZATION_REQUIRED" | "REVOKED" | "UNKNOWN";

export type UserState = "AUTH" | "PAYMENT" | "VISITOR";

/** A refusal of the server. */
export type Refusal = {
  code: string;
  /** One sentence to show to people. It never says which of several credentials was wrong. */
  message: string;
  /** What the user can do about it, in one sentence. */
  actionRequired: string | null;
  /** A page where the user can authorise again; set when that solves the problem. */
  authorizationUrl: string | null;
  /** Seconds to wait before trying again; set when a retry can succeed. */
  retryAfterSeconds: number | null;
  /** The id of the HTTP request. With it, an operator can find the cause in the events. */
  requestId: string | null;
};

/** A person or a guest. */
export type User = {
  id: string;
  /** As the user typed it. Not case-sensitive. */
  username: string | null;
  email: string | null;
  /** True when the user has proven that the address is theirs. Only a verified address can be used to sign in. */
  emailVerified: boolean;
  name: string | null;
  pictureUrl: string | null;
  /** True for a guest account. */
  isGuest: boolean;
  state: UserState;
  /** The user's sign-in methods. */
  methods: AuthMethod[];
};

/** A session: one device or browser that is signed in. */
export type SessionFacts = {
  id: string;
  method: AuthMethod;
  /** How strongly the session has proven who the user is. */
  assurance: Assurance;
  transport: SessionTransport;
  /** True for the session of this request, or the one that this request created. */
  current: boolean;
  createdAt: string;
  /** Updated once a minute while the session is in use. */
  lastSeenAt: string;
  /** When the session ends if it is not used before then. */
  expiresAt: string;
  /** The client address at sign-in. */
  ipAddress: string | null;
  userAgent: string | null;
};

/** Null when the transport is COOKIE. */
export type TokenPair = {
  /** A JWT (RFC 9068) to send as `Authorization: Bearer …`. `/.well-known/jwks.json` publishes the public keys. */
  accessToken: string;
  /** Use it once, with `refreshSession`. */
  refreshToken: string;
};

/** The result of a sign-in, without the tokens: the client stores those. */
export type SignedIn = {
  user: User;
  session: { id: string; method: AuthMethod; assurance: Assurance; expiresAt: string };
};

/** The signed-in user and the states that they can move to; VISITOR without a user when there is no session. */
export type AuthState = {
  /** VISITOR when the caller is not signed in. */
  currentState: UserState;
  stateMetadata: unknown;
  /** The states that may follow. Their requirements may not be met yet. */
  allowedTransitions: UserState[];
  user: User | null;
  session: { id: string; method: AuthMethod; assurance: Assurance; expiresAt: string } | null;
};

/** A flow of any kind. */
export type FlowState = {
  __typename: string;
  /** The flow's id. If the caller read the flow by an id with the secret key, it contains the key: such an id works without signing in. */
  id: string;
  status: FlowStatus;
  /** When an open flow becomes EXPIRED. */
  expiresAt: string;
  /** Why the flow failed, or null. */
  failure: { code: string; message: string; actionRequired: string | null } | null;
  /** The flow's history, oldest first. */
  steps: { at: string; name: string; message: string }[];
  /** Only on `EmailCodeFlow` and `SecondFactorFlow`. Attempts left for this code. Zero after it was used or has expired. */
  attemptsLeft?: number;
  /** Only on `EmailCodeFlow`. When the caller may request another code for this address. An operation can read it for up to 49 flows. */
  resendAt?: string;
  /** Only on `SecondFactorFlow`. The kinds of factors that it accepts. A step-up accepts the strongest kind, and recovery codes. */
  factors?: FactorKind[];
  /** Only on `ModalTokenFlow`. Modal's page where the user approves. Null for operators with the role READ. */
  webUrl?: string | null;
  /** Only on `ModalTokenFlow`. The code to type on Modal's page. Null when Modal requires none, when the flow has ended, and for operators with the role READ. */
  code?: string | null;
  /** Only on `ModalTokenFlow`. Polls started since waiting last began. */
  attempt?: number;
  /** Only on `ModalTokenFlow`. Polls before the flow becomes TIMED_OUT. */
  maxAttempts?: number;
  /** Only on `ModalTokenFlow`. */
  workspace?: string | null;
  /** Only on `GoogleAuthorizationFlow`. Google's consent page. Null for callers that did not start the flow, and when it has ended. */
  authorizationUrl?: string | null;
  /** Only on `GoogleAuthorizationFlow`. The value given as `resume` at the start. Null for callers that did not start the flow. An operation can read it for up to 49 flows. */
  resume?: unknown;
};

/** All times are by the server's clock, so use differences between them, such as from `createdAt` to `resendAt`. */
export type EmailCodeFlow = {
  /** The flow's id. If the caller read the flow by an id with the secret key, it contains the key: such an id works without signing in. */
  id: string;
  /** The address as typed, without surrounding spaces. */
  email: string;
  /** Attempts left for this code. Zero after it was used or has expired. */
  attemptsLeft: number;
  createdAt: string;
  /** When the caller may request another code for this address. An operation can read it for up to 49 flows. */
  resendAt: string;
  /** When an open flow becomes EXPIRED. */
  expiresAt: string;
};

/** Waits for a second factor. Keep its id secret: together with the factor, it signs the user in. All times are by the server's clock, so use differences between them, such as from `createdAt` to `expiresAt`. */
export type SecondFactorFlow = {
  /** The flow's id. If the caller read the flow by an id with the secret key, it contains the key: such an id works without signing in. */
  id: string;
  /** The kinds of factors that it accepts. A step-up accepts the strongest kind, and recovery codes. */
  factors: FactorKind[];
  /** Wrong proofs left until the flow fails, of five. Zero after the flow has ended. */
  attemptsLeft: number;
  /** Pass it to `PublicKeyCredential.parseRequestOptionsFromJSON`. Null if `factors` has no PASSKEY, or the flow has ended. */
  passkeyOptions: unknown;
  createdAt: string;
  /** When an open flow becomes EXPIRED. */
  expiresAt: string;
};

/** A second factor of the user, without its secret. */
export type FactorFacts = {
  id: string;
  kind: FactorKind;
  /** 1 to 64 characters. `renameFactor` changes it. */
  name: string;
  createdAt: string;
  /** When it was last proven. Null if it was not used after it was added. */
  lastUsedAt: string | null;
  /** RECOVERY_CODES: how many codes are left. Null for other kinds. */
  remaining: number | null;
  /** PASSKEY: whether it was backed up at its last use, and so may be on other devices. Null for other kinds. */
  backedUp: boolean | null;
  /** PASSKEY: the id of its credential, as base64url. Null for other kinds. After `removeFactor`, pass it to `PublicKeyCredential.signalUnknownCredential`, so that browsers no longer offer the passkey. */
  credentialId: string | null;
};

/** An authenticator app that is being added. The secret is returned only here. */
export type TotpEnrolment = {
  id: string;
  /** The secret in base32, for users who cannot scan the QR code. */
  secret: string;
  /** The secret as authenticator apps read it: `otpauth://totp/…`. */
  otpauthUri: string;
  /** An SVG image of the QR code of `otpauthUri`. */
  qrCode: string;
  expiresAt: string;
};

/** A challenge for the passkeys of a browser. It expires after five minutes. `createPasskeys` of `@sallyport/client/passkeys` answers it. */
export type PasskeyCeremony = {
  /** Send it back with the browser's response. Secret. */
  id: string;
  /** Pass it to `PublicKeyCredential.parseCreationOptionsFromJSON` for a registration, or to `parseRequestOptionsFromJSON` for a sign-in (WebAuthn level 3). */
  options: unknown;
  expiresAt: string;
};

/** A new factor, with recovery codes if none were left. */
export type AddedFactor = {
  factor: FactorFacts;
  /** Ten codes if none were left, as with the user's first factor; otherwise null. They are returned only here. */
  recoveryCodes: string[] | null;
};

/** The requirements for entering a state. They do not depend on the present state. */
export type StateRequirements = {
  /** True when the caller meets all of them. */
  satisfied: boolean;
  requirements: { name: string; description: string; satisfied: boolean }[];
};

/** A stored credential for another service, without its secrets. */
export type CredentialFacts = {
  id: string;
  provider: Provider;
  /** The name of the account at the provider: its workspace or e-mail address. */
  label: string;
  health: TokenHealth;
  /** The granted scopes. */
  scopes: string[];
  /** The public part of the token (`ak-…`), if the provider's tokens have one. */
  tokenId: string | null;
  /** When the token expires; null if it does not. */
  expiresAt: string | null;
  /** True when the server can refresh it. */
  hasRefreshToken: boolean;
  lastCheckedAt: string | null;
  /** The last error of a check, refresh or revocation, or null. */
  lastFailure: string | null;
  /** A page of this server where the owner authorises again; set when health is REAUTHORIZATION_REQUIRED. Null for Modal credentials of operators. */
  authorizationUrl: string | null;
  createdAt: string;
};

/** The state of the caller's Google grant, for web applications to check on every page. */
export type GoogleAuthStatus = {
  configured: boolean;
  /** True when there is a grant whose token works or can be refreshed. */
  authenticated: boolean;
  /** True when the access token is valid now. */
  tokenValid: boolean;
  /** True when the user must authorise again at Google. */
  needsReauth: boolean;
  expiresAt: string | null;
  /** A page of this server with a button that starts an authorization in the visitor's own session. Null when the token is valid. Accepts `?returnTo=` and `&scope=`. */
  authorizationUrl: string | null;
};

/** A valid access token for Google's APIs. */
export type GoogleAccess = {
  accessToken: string;
  expiresAt: string;
  scopes: string[];
};

/** The result of an operation that never asks for a second factor. */
export type SessionResult = SignedIn & { __typename: "SignedIn"; tokens: TokenPair | null } | Refusal & { __typename: string };

export type SignInResult = SignedIn & { __typename: "SignedIn"; tokens: TokenPair | null } | { __typename: "SecondFactorRequired"; challenge: SecondFactorFlow } | Refusal & { __typename: string };

export type DoneResult = { __typename: "Done"; message: string } | Refusal & { __typename: string };
