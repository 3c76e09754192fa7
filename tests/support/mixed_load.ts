import type { Fetch } from "../../src/http/router.ts";
import { newName, newPerson, type Person, REFRESH, SIGN_IN, VIEWER } from "./people.ts";
import { pause, times } from "./eventually.ts";
import { type Answer, post, type Sent } from "./wire.ts";

type Door = { fetch: Fetch };

/** The results of the load's requests. Times are `performance.now()`. */
export type Tally = {
  /** The times of correct answers. */
  right: number[];
  /** Requests that failed as unavailable, or got no answer. */
  refused: { at: number; what: string }[];
  /** Wrong answers, which an outage does not explain. */
  wrong: string[];
};

/** Changes that the server has acknowledged, and must not lose. */
export type Acknowledged = {
  /** Sessions that refreshed, with their newest tokens. `refreshes` counts answers, each with a new token. */
  families: (Person & { refreshes: number })[];
  guests: { id: string; accessToken: string }[];
  /** Sessions by id: of sign-ins and guests, and signed-out ones. */
  issued: string[];
  ended: string[];
};

export type MixedLoad = Acknowledged & {
  tally: Tally;
  /** Stops after every running request has been answered. */
  stop(): Promise<void>;
};

/** The number of concurrent clients of each kind. */
export type Crew = { families: number; signIns: number; guests: number };

/** Limits high enough for all clients on one address. */
export const MIXED_LOAD_LIMITS = {
  LIMIT_GUESTS_PER_ADDRESS_HOUR: "1000000",
  LIMIT_PASSWORDS_PER_ACCOUNT_15_MINUTES: "1000000",
  LIMIT_SIGN_INS_PER_ACCOUNT_HOUR: "1000000",
  LIMIT_SIGN_INS_PER_ADDRESS_HOUR: "1000000",
  LIMIT_REFRESHES_PER_SESSION_HOUR: "1000000",
  LIMIT_REPEATS_PER_SESSION_HOUR: "1000000",
  LIMIT_WRITES_PER_USER_HOUR: "1000000",
  LIMIT_WRITES_PER_ADDRESS_HOUR: "1000000",
  SESSIONS_PER_USER: "1000",
};

/** The delay between two requests of one client. */
const THINK_MS = 40;

/** The delay before a client repeats a failed request. */
const AGAIN_MS = 100;

/** Requests of one token family per refresh. */
const CHECKS_A_REFRESH = 4;

/** R15: the time after which every instance refuses a signed-out session. */
const REFUSED_AFTER_MS = 1_000;

const SIGN_OUT = "mutation { signOut { __typename ... on AuthError { code } } }";
const GUEST = `mutation { signInAsGuest { __typename
  ... on SignedIn { user { id } session { id } tokens { accessToken refreshToken } } ... on AuthError { code } } }`;

type SignedIn = {
  __typename: string;
  user: { id: string };
  session: { id: string };
  tokens: { accessToken: string; refreshToken: string };
};

/** The codes of temporary failures. */
const CANNOT_NOW = ["UNAVAILABLE", "OVERLOADED"];

/**
 * Runs clients that check and refresh their sessions, sign in and out, and start guest sessions, until stopped. Each
 * behaves correctly: it repeats failed and lost requests, and a refresh with the same token.
 */
export async function startMixedLoad(door: Door, crew: Crew): Promise<MixedLoad> {
  const tally: Tally = { right: [], refused: [], wrong: [] };
  const known: Acknowledged = { families: [], guests: [], issued: [], ended: [] };
  let stopped = false;

  /** Returns the answer. Records a lost answer or a temporary failure, and returns undefined. */
  const ask = async (what: string, query: string, sent: Sent): Promise<Answer | undefined> => {
    const answer = await post(door, query, sent).catch((error) => {
      if (!(error instanceof TypeError)) throw error;
      return String(error.cause ?? error.message);
    });
    const refusal = typeof answer === "string" ? answer : refusalOf(answer);
    if (refusal === undefined) return answer as Answer;
    tally.refused.push({ at: performance.now(), what: `${what}: ${refusal}` });
    return undefined;
  };
  const judge = (what: string, isRight: boolean, answer: Answer): boolean => {
    if (isRight) tally.right.push(performance.now());
    else tally.wrong.push(`${what}: ${answer.status} ${answer.text.slice(0, 500)}`);
    return isRight;
  };
  const check = async (token: string, id: string | null) => {
    const what = id === null ? "a check with an ended session" : `a check of ${id}`;
    const answer = await ask(what, VIEWER, { token });
    if (answer) judge(what, (viewerOf(answer)?.id ?? null) === id, answer);
  };
  /** Sends the sign-in `query` until it is answered. Undefined if the answer was wrong or the load has stopped. */
  const obtain = async (what: string, query: string, variables?: Sent["variables"]) => {
    for (; !stopped; await pause(AGAIN_MS)) {
      const answer = await ask(what, query, variables ? { variables } : {});
      if (!answer) continue;
      const result = fieldOf(answer) as SignedIn;
      return judge(what, result?.__typename === "SignedIn", answer) ? result : undefined;
    }
    return undefined;
  };

  /** Checks and refreshes. Repeats a refresh until it is answered, even after the load stops, for exact counts. */
  const beFamily = async (family: Acknowledged["families"][number]) => {
    for (let round = 1; !stopped; round++, await pause(THINK_MS)) {
      await check(family.accessToken, family.id);
      if (round % CHECKS_A_REFRESH !== 0) continue;
      const result = await refreshed(family.refreshToken);
      if (!result) return;
      Object.assign(family, result.tokens);
      family.refreshes++;
    }
  };
  const refreshed = async (refreshToken: string): Promise<SignedIn | undefined> => {
    for (;; await pause(AGAIN_MS)) {
      const answer = await ask("a refresh", REFRESH, { variables: { input: { refreshToken } } });
      if (!answer) continue;
      const result = fieldOf(answer) as SignedIn;
      return judge("a refresh", result?.__typename === "SignedIn", answer) ? result : undefined;
    }
  };
  const signInAndOut = async ({ id, username, password }: Person) => {
    let over: { token: string; at: number }[] = [];
    for (; !stopped; await pause(THINK_MS)) {
      const input = { identifier: username, password };
      const result = await obtain("a sign-in", SIGN_IN, { input });
      if (!result) continue;
      known.issued.push(result.session.id);
      const token = result.tokens.accessToken;
      await check(token, id);
      const answer = await ask("a sign-out", SIGN_OUT, { token });
      if (answer && judge("a sign-out", fieldOf(answer)?.__typename === "Done", answer)) {
        known.ended.push(result.session.id);
        over.push({ token, at: performance.now() });
      }
      const due = over.filter(({ at }) => performance.now() - at > REFUSED_AFTER_MS);
      over = over.filter((each) => !due.includes(each));
      for (const { token } of due) await check(token, null);
    }
  };
  const beGuests = async () => {
    for (; !stopped; await pause(THINK_MS)) {
      const result = await obtain("a guest", GUEST);
      if (!result) continue;
      known.issued.push(result.session.id);
      known.guests.push({ id: result.user.id, accessToken: result.tokens.accessToken });
      await check(result.tokens.accessToken, result.user.id);
    }
  };

  known.families = await times(crew.families, async () => ({ ...await newPerson(door), refreshes: 0 }));
  const people = await times(crew.signIns, () => newPerson(door, newName()));
  const running = Promise.all([
    ...known.families.map(beFamily),
    ...people.map(signInAndOut),
    times(crew.guests, beGuests),
  ]);
  running.catch(() => {});
  return {
    ...known,
    tally,
    stop: async () => {
      stopped = true;
      await running;
    },
  };
}

/** The code of a temporary failure in the answer. */
function refusalOf(answer: Answer): string | undefined {
  const code = answer.errors[0]?.extensions?.code ?? (fieldOf(answer) as { code?: string } | undefined)?.code;
  return code !== undefined && CANNOT_NOW.includes(code) ? code : undefined;
}

/** The only field of the answer's data. */
function fieldOf({ data }: Answer): { __typename: string } | undefined {
  return (data ? Object.values(data)[0] : undefined) as { __typename: string } | undefined;
}

function viewerOf({ data }: Answer): { id: string } | null {
  return (data?.["viewer"] ?? null) as { id: string } | null;
}
