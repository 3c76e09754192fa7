import { administer } from "../support/templates.ts";
import { people } from "./auth_requests.ts";
import { ourEnv } from "./auth_scene.ts";
import type { Bench, Figure } from "./bench.ts";
import { startDatabase } from "./database.ts";
import { graphqlRequest } from "./graphql_request.ts";
import { Process } from "./process.ts";
import type { HttpClients } from "./processes/http_clients.ts";
import type { RequestTemplate, Values } from "./processes/http_request.ts";
import type { MailEmulatorProcess } from "./processes/mail_emulator.ts";
import type { Sallyport } from "./processes/sallyport.ts";
import { ranksOf } from "./rank_test.ts";

const ADDRESSES = 50;
const TRIES = 10;

/** Random variation exceeds this about once in 370 runs. */
const STANDARD_ERRORS = 3;

const PASSWORD = "vK7-harbour-lantern-31";

function request(query: string, answer: string): RequestTemplate {
  return graphqlRequest(query, { right: answer }, { variables: { email: "%{email}", name: "%{name}" } });
}

/** Every operation that sends mail to an address given by the caller. */
const OPERATIONS: Record<string, RequestTemplate> = {
  requestPasswordReset: request(
    "mutation ($email: String!) { requestPasswordReset(email: $email) { __typename } }",
    '"Done"',
  ),
  requestEmailVerification: request(
    "mutation ($email: String!) { requestEmailVerification(email: $email) { __typename } }",
    '"Done"',
  ),
  requestEmailCode: request(
    `mutation ($email: String!) { requestEmailCode(input: { email: $email }) { __typename
      ... on EmailCodeSent { flow { id attemptsLeft resendAt steps { name } } } } }`,
    '"EmailCodeSent"',
  ),
  "register, an address alone": request(
    `mutation ($email: String!) { register(input: { email: $email, password: "${PASSWORD}" }) { __typename } }`,
    '"Registered"',
  ),
  "register, with a username": request(
    `mutation ($email: String!, $name: String!) {
      register(input: { email: $email, username: $name, password: "${PASSWORD}" }) { __typename } }`,
    '"Registered"',
  ),
};

/** R56: whether response times distinguish addresses with an account from addresses without one. */
export const mailTiming: Bench = async ({ stack, fail, say }) => {
  const database = await startDatabase(stack);
  const mail = stack.use(new Process<MailEmulatorProcess>("mail_emulator.ts"));
  const env = { SMTP_URL: await mail.ask("url"), MAIL_FROM: "auth@example.test" };
  const ours = stack.use(
    new Process<Sallyport>("sallyport.ts", { ...ourEnv(database, "trivial"), ...env }),
  );
  const clients = stack.use(new Process<HttpClients>("http_clients.ts"));
  const port = await ours.ask("port");
  const load = async (request: RequestTemplate, crew: Values[]) => {
    await clients.ask("muster", { crew: "them", people: crew });
    const until = { requests: crew.length };
    const report = await clients.ask("load", { port, request, crew: "them", pace: { callers: 1 }, until });
    report.failures.forEach(fail);
    return report.latenciesMs;
  };

  const register = OPERATIONS["register, with a username"] as RequestTemplate;
  await load(register, crewOf("known", 1).map((values, n) => ({ ...values, name: `known${n}` })));
  const proven = (which: number) =>
    administer(
      database,
      `update users set email_verified_at = case when ${which} = 1 then now() end where username like 'known%'`,
    );
  const figures: Figure[] = [];
  for (const [name, request] of Object.entries(OPERATIONS)) {
    // This operation is for unverified addresses; the others are for verified ones.
    await proven(name === "requestEmailVerification" ? 0 : 1);
    const turns: Values[] = shuffled([...crewOf("known", TRIES), ...crewOf("plain", TRIES)])
      .map((values, n) => ({ ...values, name: `${name.replace(/\W/g, "").slice(0, 20)}x${n}` }));
    await load(request, turns.slice(0, 100).map((values) => ({ ...values, name: `${values["name"]}w` })));
    say(name);
    const latencies = await load(request, turns);
    const ofKnown = turns.map((values) => values["known"] === "known");
    const answers = ranksOf(latencies, ofKnown);
    const next = ranksOf(latencies.slice(1), ofKnown.slice(0, -1));
    figures.push({
      name: `${name}: known told from unknown`,
      value: Math.abs(answers.standardErrors),
      unit: "SE",
      target: { below: STANDARD_ERRORS },
      detail: { "area under the curve": answers.area, next: next.area, nextSE: next.standardErrors },
    });
  }
  return figures;
};

function crewOf(known: "known" | "plain", tries: number): Values[] {
  const all = people(known, ADDRESSES).map((_, n) => ({ known, email: `${known}${n}@example.test` }));
  return Array.from({ length: tries }, () => all).flat();
}

/** In random order, so that the effect of one request on the next averages out. */
function shuffled<T>(all: T[]): T[] {
  return all.map((one) => ({ one, at: Math.random() })).toSorted((a, b) => a.at - b.at).map(({ one }) => one);
}
