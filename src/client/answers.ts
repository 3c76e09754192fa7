/** What the API answers, as far as this client asks. The schema is checked against it: `tests/client_types.test.ts`. */

export type UserState = "VISITOR" | "AUTH" | "PAYMENT";

export type AuthMethod = "PASSWORD" | "EMAIL_CODE" | "GUEST" | "GOOGLE";

export type User = {
  id: string;
  username: string | null;
  email: string | null;
  emailVerified: boolean;
  name: string | null;
  pictureUrl: string | null;
  isGuest: boolean;
  state: UserState;
  methods: AuthMethod[];
};

export type SessionFacts = {
  id: string;
  method: AuthMethod;
  transport: "TOKENS" | "COOKIE";
  current: boolean;
  createdAt: string;
  lastSeenAt: string;
  expiresAt: string;
  ipAddress: string | null;
  userAgent: string | null;
};

/** Null when the transport is COOKIE. */
export type TokenPair = { accessToken: string; refreshToken: string };

/** What a sign-in gives. The tokens are the client's to keep, and not in here. */
export type SignedIn = { user: User; session: { id: string; method: AuthMethod; expiresAt: string } };

/** Who is signed in and where they may go; VISITOR with no user when nobody is. */
export type AuthState = {
  currentState: UserState;
  stateMetadata: unknown;
  allowedTransitions: UserState[];
  user: User | null;
  session: { id: string; method: AuthMethod; expiresAt: string } | null;
};

export type FlowStatus =
  | "PENDING"
  | "WAITING"
  | "TIMED_OUT"
  | "SUCCEEDED"
  | "FAILED"
  | "EXPIRED"
  | "CANCELLED";

export type FlowState = {
  __typename: string;
  id: string;
  status: FlowStatus;
  expiresAt: string;
  failure: { code: string; message: string; actionRequired: string | null } | null;
  steps: { at: string; name: string; message: string }[];
  /** Of an e-mail flow. */
  attemptsLeft?: number;
  resendAt?: string;
  /** Of a Modal flow: the page to approve at, what to type there, and how the wait goes. */
  webUrl?: string | null;
  code?: string | null;
  attempt?: number;
  maxAttempts?: number;
  workspace?: string | null;
  /** Of a Google authorization: Google's page, while it is open, and what the caller had kept. */
  authorizationUrl?: string | null;
  resume?: unknown;
};

export type EmailCodeFlow = {
  id: string;
  email: string;
  attemptsLeft: number;
  resendAt: string;
  expiresAt: string;
};

export type StateRequirements = {
  satisfied: boolean;
  requirements: { name: string; description: string; satisfied: boolean }[];
};

export type TokenHealth =
  | "HEALTHY"
  | "EXPIRING"
  | "EXPIRED"
  | "REAUTHORIZATION_REQUIRED"
  | "REVOKED"
  | "UNKNOWN";

/** Tokens of somebody else's that lie in the vault, without what is secret of them. */
export type CredentialFacts = {
  id: string;
  provider: "GOOGLE" | "MODAL";
  label: string;
  health: TokenHealth;
  scopes: string[];
  tokenId: string | null;
  expiresAt: string | null;
  hasRefreshToken: boolean;
  lastCheckedAt: string | null;
  lastFailure: string | null;
  authorizationUrl: string | null;
  createdAt: string;
};

export type GoogleAuthStatus = {
  configured: boolean;
  authenticated: boolean;
  tokenValid: boolean;
  needsReauth: boolean;
  expiresAt: string | null;
  authorizationUrl: string | null;
};

/** Working access to Google, for a program that calls it. */
export type GoogleAccess = { accessToken: string; expiresAt: string; scopes: string[] };

/** What every refusal says. */
export type Refusal = {
  code: string;
  message: string;
  actionRequired: string | null;
  authorizationUrl: string | null;
  retryAfterSeconds: number | null;
};
