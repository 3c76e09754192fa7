import type { Mail } from "../accounts/mail/mail.ts";
import type { User } from "../accounts/users/users.ts";
import type { AuthEvent } from "../events/events.ts";
import type { Flow } from "../flows/flows.ts";
import type { Check } from "../operations/health/server.ts";
import type { ReachedLimit } from "../operations/limits/limits.ts";
import type { Credential } from "../vault/vault.ts";
import type { TypedName } from "./asked.ts";

/** The facts about a subject at one time. Rules search them for causes. */
export type Facts = {
  now: Date;
  /** Set if the subject is a username or an e-mail address. */
  name: TypedName | undefined;
  user: User | undefined;
  /** Names of accounts that look like `name`. Read only if no account has the name. */
  similar: readonly string[];
  /** The events about the subject, oldest first. */
  events: readonly AuthEvent[];
  /** The limits that are used up for the account. */
  limits: readonly ReachedLimit[];
  /** The mails to the subject, oldest first. */
  mails: readonly Mail[];
  /** When the newest mail is tried again, if it is retrying. */
  mailRetryAt: Date | undefined;
  /** The flows of the subject, oldest first. */
  flows: readonly Flow[];
  /** The user's credentials with their present health. */
  credentials: readonly Credential[];
  /** Failed health checks of this instance. */
  failedChecks: readonly Check[];
};

/** A cause that a rule found. */
export type Found = {
  /** One sentence: what happened. */
  cause: string;
  /** One sentence: what to do. */
  cure: string;
  since?: Date | null;
  until?: Date | null;
  /** The events that prove it, oldest first. */
  events?: readonly AuthEvent[];
  /** Nothing else can help before this is solved, so it comes first. */
  blocks?: true;
};

/** Finds one cause. It is a pure function of the facts. */
export type Rule = {
  /** Stable, in upper case: programs may depend on it. */
  code: string;
  find: (facts: Facts) => Found | undefined;
};

/** A cause with its code. */
export type Finding = Found & { code: string };
