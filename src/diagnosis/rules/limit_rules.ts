import type { AuthEvent } from "../../events/events.ts";
import { addressBlock } from "../../operations/limits/address_block.ts";
import {
  fromWhere,
  howOften,
  isAddressLimit,
  isOf,
  isRefusal,
  isSignIn,
  spanOf,
  textOf,
  unsolved,
} from "../evidence.ts";
import type { Facts, Found, Rule } from "../facts.ts";

/** Failures that limits count. */
const isFailure = isOf(
  "password.rejected",
  "email_code.rejected",
  "factor.rejected",
  "sign_in.refused",
  "request.refused",
);

/** Causes in limits, and in the load of the server. */
export const LIMIT_RULES: readonly Rule[] = [
  { code: "LIMIT_REACHED", find: (facts) => byCounter(facts) ?? byRefusal(facts) },
  {
    code: "SERVER_OVERLOADED",
    find: ({ events }) => {
      const refused = unsolved(events, isRefusal("OVERLOADED"), isSignIn);
      if (refused.length === 0) return undefined;
      return {
        cause: `The server was overloaded, and refused requests ${howOften(refused)}`,
        cure: "Try again; if it lasts, look at the health screen and add an instance",
        ...spanOf(refused),
        events: refused,
      };
    },
  },
];

/** Finds a limit of the account that is used up now. */
function byCounter({ limits, events }: Facts): Found | undefined {
  const [reached] = limits.toSorted((one, other) => other.until.getTime() - one.until.getTime());
  if (!reached) return undefined;
  const { limit, most, until } = reached;
  const begun = until.getTime() - limit.seconds * 1000;
  const counted = events.filter((event) => isFailure(event) && event.at.getTime() >= begun);
  return {
    cause: `Too many attempts${fromWhere(counted)}: ${limit.variable} (${most}) is used up`,
    cure: "Wait until the limit ends, or clear the limits of this subject",
    ...spanOf(counted),
    until,
    events: counted,
    blocks: true,
  };
}

/** Finds a limit that refused the subject and has not ended yet, such as one of a client address. */
function byRefusal(facts: Facts): Found | undefined {
  const { events, now } = facts;
  const isOpen = (event: AuthEvent) =>
    isRefusal("RATE_LIMITED")(event) && textOf(event, "until") > now.toISOString() &&
    !events.some((cleared) => cleared.position > event.position && hasCleared(cleared, event));
  const refused = events.filter(isOpen);
  const theirs = refused.filter((event) => isTheirs(facts, event));
  const last = theirs.at(-1) ?? refused.at(-1);
  if (!last) return undefined;
  const same = refused.filter((event) => textOf(event, "limit") === textOf(last, "limit"));
  const cleared = isAddressLimit(last) ? last.ipAddress ?? "the client address" : "this subject";
  return {
    cause: `${textOf(last, "operation")} was refused ${howOften(same)}${fromWhere(same)}: ${
      textOf(last, "limit")
    } is used up`,
    ...spanOf(same),
    until: new Date(textOf(last, "until")),
    events: same,
    ...(theirs.length > 0 ? { cure: cureOf(last, cleared), blocks: true } : {
      cure: `Wait until the limit ends. Clear the limits of ${cleared} only if the user confirms the address`,
    }),
  };
}

function cureOf(refused: AuthEvent, subject: string): string {
  return isClearable(refused)
    ? `Wait until the limit ends, or clear the limits of ${subject}`
    : "Wait until the limit ends";
}

/** Whether `clearLimits` reaches the limit. */
function isClearable(refused: AuthEvent): boolean {
  return !/_PER_(SESSION|API_KEY|OPERATOR)_/.test(textOf(refused, "limit"));
}

/** Whether the limit blocks the subject. A stranger can type a user's name and reach the limit of another address. */
function isTheirs({ user, name, events }: Facts, refused: AuthEvent): boolean {
  if (!isAddressLimit(refused) || (!user && !name)) return true;
  return events.some((event) =>
    isSignIn(event) && event.ipAddress !== null && addressBlock(event.ipAddress) === textOf(refused, "block")
  );
}

/** Whether an operator has cleared the limit of this refusal. Limits of addresses are cleared by address. */
function hasCleared(cleared: AuthEvent, refused: AuthEvent): boolean {
  if (cleared.type !== "limits.cleared" || !isClearable(refused)) return false;
  const block = textOf(cleared, "block");
  return isAddressLimit(refused) ? block === textOf(refused, "block") : block === "";
}
