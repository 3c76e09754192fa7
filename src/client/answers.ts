// deno-fmt-ignore-file
// Written by `deno task schema` from `operations.graphql` and the schema; do not edit.

export type AuthMethod = "EMAIL_CODE" | "GOOGLE" | "GUEST" | "PASSWORD";

export type FlowStatus = "CANCELLED" | "EXPIRED" | "FAILED" | "PENDING" | "SUCCEEDED" | "TIMED_OUT" | "WAITING";

export type GoogleAuthorizationMode = "CLI" | "WEB";

export type Provider = "GOOGLE" | "MODAL";

export type SessionTransport = "COOKIE" | "TOKENS";

export type TokenHealth = "EXPIRED" | "EXPIRING" | "HEALTHY" | "REAUTHORIZATION_REQUIRED" | "REVOKED" | "UNKNOWN";

export type UserState = "AUTH" | "PAYMENT" | "VISITOR";

/** A refusal of the server. */
export type Refusal = {
  code: string;
  /** One sentence that a person can read; never says which of two secrets was wrong. */
  message: string;
  /** What the person can do about it. */
  actionRequired: string | null;
  /** Where to authorise again, when that is the remedy. */
  authorizationUrl: string | null;
  /** When trying again later is the remedy: after this many seconds. */
  retryAfterSeconds: number | null;
};

/** A person or a guest. */
export type User = {
  id: string;
  /** As typed; the same in any case. */
  username: string | null;
  email: string | null;
  /** Whether the address was proven to be theirs. One that was not is no way to sign in. */
  emailVerified: boolean;
  name: string | null;
  pictureUrl: string | null;
  isGuest: boolean;
  state: UserState;
  /** The ways in. */
  methods: AuthMethod[];
};

/** One signed-in device. */
export type SessionFacts = {
  id: string;
  method: AuthMethod;
  transport: SessionTransport;
  /** Whether it is the one that the caller came with, or was given just now. */
  current: boolean;
  createdAt: string;
  /** To the minute. */
  lastSeenAt: string;
  /** Its end, unless it is used before. */
  expiresAt: string;
  /** Where it was signed in from. */
  ipAddress: string | null;
  userAgent: string | null;
};

/** Null when the transport is COOKIE. */
export type TokenPair = {
  /** A JWT (RFC 9068), for `Authorization: Bearer …`; `/.well-known/jwks.json` has its key. */
  accessToken: string;
  /** For `refreshSession`, once. */
  refreshToken: string;
};

/** The result of a sign-in, without the tokens: the client stores those. */
export type SignedIn = {
  user: User;
  session: { id: string; method: AuthMethod; expiresAt: string };
};

/** The signed-in user and the states that they can move to; VISITOR without a user when there is no session. */
export type AuthState = {
  currentState: UserState;
  stateMetadata: unknown;
  allowedTransitions: UserState[];
  user: User | null;
  session: { id: string; method: AuthMethod; expiresAt: string } | null;
};

/** A flow of any kind. */
export type FlowState = {
  __typename: string;
  /** With its key, for who asked by that: they may be nobody yet. */
  id: string;
  status: FlowStatus;
  expiresAt: string;
  failure: { code: string; message: string; actionRequired: string | null } | null;
  /** Its history, oldest first. */
  steps: { at: string; name: string; message: string }[];
  /** Only of `EmailCodeFlow`. Tries that the code still has. */
  attemptsLeft?: number;
  /** Only of `EmailCodeFlow`. When the caller may ask for another code for this address. */
  resendAt?: string;
  /** Only of `ModalTokenFlow`. Where the user authorises; not for an operator with the role READ. */
  webUrl?: string | null;
  /** Only of `ModalTokenFlow`. To be typed on Modal's page; null when Modal asks for none, when the flow has ended, and as `webUrl`. */
  code?: string | null;
  /** Only of `ModalTokenFlow`. Polls begun in this round of waiting, from 0. */
  attempt?: number;
  /** Only of `ModalTokenFlow`. */
  maxAttempts?: number;
  /** Only of `ModalTokenFlow`. */
  workspace?: string | null;
  /** Only of `GoogleAuthorizationFlow`. Google's page, for who started the flow alone; null when it has ended. */
  authorizationUrl?: string | null;
  /** Only of `GoogleAuthorizationFlow`. What the caller asked us to keep, for who started the flow alone. */
  resume?: unknown;
};

/** All times are by the server's clock, so use differences between them, such as from `createdAt` to `resendAt`. */
export type EmailCodeFlow = {
  /** With its key, for who asked by that: they may be nobody yet. */
  id: string;
  /** As typed, trimmed. */
  email: string;
  /** Tries that the code still has. */
  attemptsLeft: number;
  createdAt: string;
  /** When the caller may ask for another code for this address. */
  resendAt: string;
  expiresAt: string;
};

/** What entering a state takes, whichever state one comes from. */
export type StateRequirements = {
  /** Whether the caller meets all of them. */
  satisfied: boolean;
  requirements: { name: string; description: string; satisfied: boolean }[];
};

/** A stored credential for another service, without its secrets. */
export type CredentialFacts = {
  id: string;
  provider: Provider;
  /** The workspace, or the account's e-mail. */
  label: string;
  health: TokenHealth;
  scopes: string[];
  /** The public half only (`ak-…`). */
  tokenId: string | null;
  expiresAt: string | null;
  hasRefreshToken: boolean;
  lastCheckedAt: string | null;
  lastFailure: string | null;
  /** Our page where its owner authorises again, when health is REAUTHORIZATION_REQUIRED; null for what operators have of Modal's. */
  authorizationUrl: string | null;
  createdAt: string;
};

/** Whether the caller's Google grant works: what a web app asks on every page. */
export type GoogleAuthStatus = {
  configured: boolean;
  /** Whether there is a grant to work with. */
  authenticated: boolean;
  /** Whether the access token can be used now. */
  tokenValid: boolean;
  /** Whether only consent at Google helps. */
  needsReauth: boolean;
  expiresAt: string | null;
  /** Unless the token is valid: a page of ours whose button starts a flow in the visitor's own session. Add `?returnTo=` and `&scope=`. */
  authorizationUrl: string | null;
};

/** A valid access token for Google's APIs. */
export type GoogleAccess = {
  accessToken: string;
  expiresAt: string;
  scopes: string[];
};

export type SignInResult = SignedIn & { __typename: "SignedIn"; tokens: TokenPair | null } | Refusal & { __typename: string };

export type DoneResult = { __typename: "Done"; message: string } | Refusal & { __typename: string };
