import { mailCountersOf } from "../accounts/mail/mail_limits.ts";
import type { Account } from "../diagnosis/collect.ts";
import type { Rule } from "../diagnosis/facts.ts";
import { ACCOUNT_RULES } from "../diagnosis/rules/account_rules.ts";
import { CREDENTIAL_RULES } from "../diagnosis/rules/credential_rules.ts";
import { FACTOR_RULES } from "../diagnosis/rules/factor_rules.ts";
import { LIMIT_RULES } from "../diagnosis/rules/limit_rules.ts";
import { LINK_RULES } from "../diagnosis/rules/link_rules.ts";
import { MAIL_RULES } from "../diagnosis/rules/mail_rules.ts";
import { REQUEST_RULES } from "../diagnosis/rules/request_rules.ts";
import { SERVER_RULES } from "../diagnosis/rules/server_rules.ts";
import { SESSION_RULES } from "../diagnosis/rules/session_rules.ts";
import type { KeyedCharge } from "../operations/limits/limits.ts";
import { PROVIDERS } from "../providers/providers.ts";
import { ANY_METHODS, SIGN_IN_METHODS } from "../sign_in/methods.ts";
import { ALL_LIMITS } from "./limits.ts";
import { MAIL_WRITERS } from "./mail_writers.ts";

/** All rules. The order decides between causes that block everything, and between causes of the same time. */
const RULES: readonly Rule[] = [
  ...SERVER_RULES,
  ...ACCOUNT_RULES,
  ...LIMIT_RULES,
  ...REQUEST_RULES,
  ...MAIL_RULES,
  ...SIGN_IN_METHODS.flatMap((method) => "rules" in method ? method.rules : []),
  ...FACTOR_RULES,
  ...LINK_RULES,
  ...SESSION_RULES,
  ...CREDENTIAL_RULES,
  ...PROVIDERS.flatMap((provider) => "rules" in provider ? provider.rules : []),
];

/** The types of events that can be about a caller who was not identified. */
const ANONYMOUS_TYPES = [
  "sign_in.refused",
  "request.refused",
  "token.timing_failed",
  ...ANY_METHODS.flatMap(({ anonymousEvents = [] }) => anonymousEvents),
];

/** The purposes of mails. Limits count each of them separately. */
const MAIL_PURPOSES = [...Object.keys(MAIL_WRITERS), "code"];

/** Returns all counters of an account, or of a name without one. */
function countersOf(account: Account): KeyedCharge[] {
  const { user, name } = account;
  const emails = new Set([user?.email?.toLowerCase() ?? [], name?.kind === "email" ? name.key : []].flat());
  return [
    ...ANY_METHODS.flatMap((method) => method.countersOf?.(account) ?? []),
    ...[...emails].flatMap((email) => mailCountersOf(MAIL_PURPOSES, email)),
    ...(user ? ALL_LIMITS.map((limit): KeyedCharge => [limit, { key: user.id }]) : []),
  ];
}

/** What a diagnosis needs from methods, providers and limits. */
export const DIAGNOSIS = {
  rules: RULES,
  anonymousTypes: ANONYMOUS_TYPES,
  countersOf,
};
