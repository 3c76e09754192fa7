import { fromWhere, howOften, isOf, isRefusal, isSignIn, spanOf, textOf, unsolved } from "../evidence.ts";
import type { Facts, Found, Rule } from "../facts.ts";
import type { AuthEvent } from "../../events/events.ts";
import type { Flow } from "../../flows/flows.ts";
import { addressBlock } from "../../operations/limits/address_block.ts";
import { FACTOR_WORDS, SECOND_FACTOR } from "../../accounts/factors/factor_terms.ts";

/** As many wrong proofs as one flow accepts. Fewer from an unknown network are mistakes of a user who travels. */
const MANY = 5;

const WORDS: Readonly<Record<string, string>> = FACTOR_WORDS;

const LOST = "If all factors are lost, make sure of the user and reset the factors";

/** A sign-in, a step-up, or a factor that was added with a right code. */
const isProven = isOf("session.issued", "step_up.succeeded", "factor.added");

/** Why a second factor does not sign in, or an action asks for one. */
export const FACTOR_RULES: readonly Rule[] = [
  { code: "SECOND_FACTOR_REJECTED", find: (facts) => byStranger(facts) ?? byUser(facts) },
  { code: "SECOND_FACTOR_PENDING", find: unfinished },
  {
    code: "STEP_UP_REQUIRED",
    find: ({ user, events }) => {
      const refused = unsolved(
        events,
        isRefusal("STEP_UP_REQUIRED"),
        isOf("session.issued", "step_up.succeeded"),
      );
      if (refused.length === 0) return undefined;
      const operations = [...new Set(refused.map((event) => textOf(event, "operation")))].join(" and ");
      const hasFactors = (user?.factors.length ?? 0) > 0;
      return {
        cause: `${operations} was refused ${howOften(refused)}, because ${
          hasFactors ? "the session has no fresh proof of a second factor" : "the last sign-in is too old"
        }`,
        cure: hasFactors
          ? "The application calls startStepUp, the user proves the factor, and repeats the action within ten minutes"
          : "Sign in again, and repeat it within ten minutes",
        ...spanOf(refused),
        events: refused,
      };
    },
  },
  {
    code: "FACTORS_RESET",
    find: ({ user, events }) => {
      const [reset] = unsolved(events, isOf("factors.reset"), isOf("factor.added")).slice(-1);
      if (!reset || (user?.factors.length ?? 0) > 0) return undefined;
      return {
        cause: `All second factors were removed by ${reset.actor}, and every session was ended`,
        cure: "The user signs in without a second factor, and adds a new one",
        ...spanOf([reset]),
        events: [reset],
      };
    },
  },
];

/**
 * Finds many wrong proofs from networks from which the user has not signed in. Their sender has passed the first
 * step, so only a new password solves the problem: a sign-in of the user does not.
 */
function byStranger({ user, events }: Facts): Found | undefined {
  const known = new Set(events.filter(isProven).flatMap(({ ipAddress }) => blockOf(ipAddress)));
  const wrong = unsolved(events, isOf("factor.rejected"), isOf("password.changed"))
    .filter(({ ipAddress }) => blockOf(ipAddress).some((block) => !known.has(block)));
  if (!user || wrong.length < MANY) return undefined;
  return {
    cause: `A wrong second factor was tried ${howOften(wrong)}${
      fromWhere(wrong)
    }, where the user has not signed in during the last week: the first step had succeeded`,
    cure: user.hasPassword
      ? "If it was not the user, another person knows the password or reads the user's mail: change the password, and keep the second factor"
      : "If it was not the user, another person reads the user's mail or uses the linked account: secure both, and keep the second factor",
    ...spanOf(wrong),
    events: wrong,
  };
}

function blockOf(ipAddress: string | null): string[] {
  return ipAddress === null ? [] : [addressBlock(ipAddress)];
}

/** Finds the proofs that were refused since the last right one. The newest decides. */
function byUser(facts: Facts): Found | undefined {
  const isProblem = (event: AuthEvent) =>
    event.type === "factor.rejected" || isRefusal("SECOND_FACTOR_REJECTED")(event);
  const refused = unsolved(facts.events, isProblem, isProven);
  const last = refused.at(-1);
  if (!last) return undefined;
  const said = last.type === "factor.rejected" ? sayWrong(refused, last) : sayLate(facts, last);
  return said && { ...said, ...spanOf(refused), events: refused };
}

type Said = Pick<Found, "cause" | "cure">;

function sayWrong(refused: readonly AuthEvent[], last: AuthEvent): Said {
  const name = WORDS[textOf(last, "kind")] ?? "second factor";
  const left = Number(last.data["attemptsLeft"]);
  const times = `a second factor was refused ${howOften(refused)}${fromWhere(refused)}`;
  return {
    cause: `The ${name} ${problemOf(textOf(last, "reason"))}; ${times}; tries left: ${left}`,
    cure: `${left > 0 ? "" : "Sign in again. "}${cureOf(last)}`,
  };
}

function problemOf(reason: string): string {
  switch (reason) {
    case "wrong_code":
      return "was wrong";
    case "used_code":
      return "had been used";
    case "other_kind":
      return "is not accepted here";
    default:
      return `was wrong (${reason})`;
  }
}

/** The cures for refused proofs, by the reason in the event. */
const CURES: Readonly<Record<string, string>> = {
  used_code: "Wait for the next code of the app: each code is accepted once",
  other_kind: "Use a factor of a kind that the flow accepts, which its `factors` lists",
  origin: "Add the page's origin to ALLOWED_ORIGINS, if the page is yours",
  rp_id: "Register the passkey again: it belongs to another host than that of PUBLIC_URL",
  user_verification: "Use a device that checks the user, by fingerprint, face or PIN",
  credential: `Use a passkey that the account has, and delete the removed one from the device. ${LOST}`,
};

function cureOf(last: AuthEvent): string {
  const [kind, reason] = [textOf(last, "kind"), textOf(last, "reason")];
  if (reason !== "wrong_code") return CURES[reason] ?? again(reason);
  return kind === "RECOVERY_CODES"
    ? `Type another recovery code: each is accepted once, and new ones make old ones void. ${LOST}`
    : `Set the clock of the phone automatically, and type the newest code of this account, or a recovery code. ${LOST}`;
}

function again(reason: string): string {
  return `Try again; if the reason is ${reason} again, correct the application`;
}

/** Says why a proof came too late, or why a passkey was refused without a flow. Proofs for an expired flow have a rule of their own. */
function sayLate({ flows }: Facts, last: AuthEvent): Said | undefined {
  if (textOf(last, "operation") === "confirmTotp") {
    return {
      cause: "A code did not confirm a new authenticator app: the code was wrong, or the enrolment had ended",
      cure: "Set the clock of the phone automatically, and add the app again within ten minutes",
    };
  }
  const detail = textOf(last, "detail");
  if (detail) return { cause: `A passkey was refused: ${detail}`, cure: CURES[detail] ?? again(detail) };
  const flow = flows.find(({ id }) => id === last.flowId);
  if (flow?.status === "EXPIRED") return undefined;
  const ended = flow?.status === "SUCCEEDED" ? "had succeeded before" : "had ended before";
  return {
    cause: `A second factor came for a sign-in that ${ended}${
      flow?.failure ? `: ${flow.failure.message}` : ""
    }`,
    cure: "Sign in again",
  };
}

/** Finds the newest flow, if it was not finished and the user has not signed in since. */
function unfinished({ now, flows, events }: Facts): Found | undefined {
  const flow = flows.findLast(({ kind }) => kind === SECOND_FACTOR);
  if (!flow || !["WAITING", "EXPIRED", "CANCELLED"].includes(flow.status)) return undefined;
  const own = unsolved(events, ({ flowId }) => flowId === flow.id, isSignIn);
  const isOpen = flow.status === "WAITING" && flow.expiresAt > now;
  if (own.length === 0 || (isOpen && own.some(isOf("factor.rejected")))) return undefined;
  return {
    cause: `The first step succeeded, and ${
      isOpen ? "the second factor is not proven yet" : `the second factor ${endOf(flow)}`
    }`,
    cure: `${isOpen ? "Finish" : "Sign in again, and finish"} with the ${kindsOf(flow)}. ${LOST}`,
    ...spanOf(own),
    ...(isOpen && { until: flow.expiresAt }),
    events: own,
  };
}

function endOf({ status }: Flow): string {
  return status === "CANCELLED" ? "was cancelled" : "was not proven in time";
}

function kindsOf({ detail }: Flow): string {
  const kinds = Array.isArray(detail["factors"]) ? detail["factors"] : [];
  return kinds.map((kind) => WORDS[String(kind)] ?? String(kind)).join(" or ");
}
