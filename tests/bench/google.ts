import { CALLERS, ourEnv } from "./auth_scene.ts";
import { type Bench, type Kit, median } from "./bench.ts";
import { startDatabase } from "./database.ts";
import { graphqlRequest } from "./graphql_request.ts";
import { Process } from "./process.ts";
import type { GoogleEmulatorProcess } from "./processes/google_emulator.ts";
import type { HttpClients } from "./processes/http_clients.ts";
import type { Sallyport } from "./processes/sallyport.ts";

const ROUNDS = 3;

/** People, who sign in once a round: as many as a second or two take. */
const PEOPLE = 1_500;

const SIGN_IN = graphqlRequest(
  `mutation SignIn($input: SignInWithGoogleInput!) { signInWithGoogle(input: $input) {
    __typename ... on SignedIn { user { id email } session { id } tokens { accessToken refreshToken } }
    ... on AuthError { code message } } }`,
  { signedIn: '"__typename":"SignedIn"' },
  { variables: { input: { token: "%{idToken}", transport: "TOKENS" } } },
);

/** Signing in with Google, for the first time and again, with keys that are known. */
export const google: Bench = async (kit) => {
  const emulator = kit.stack.use(new Process<GoogleEmulatorProcess>("google_emulator.ts"));
  const env = { ...ourEnv(await startDatabase(kit.stack), "trivial"), ...await emulator.ask("env") };
  const server = kit.stack.use(new Process<Sallyport>("sallyport.ts", env));
  const clients = kit.stack.use(new Process<HttpClients>("http_clients.ts"));
  const port = await server.ask("port");
  const signIns = async (prefix: string, round: number) => {
    kit.say(`${prefix}, round ${round} of ${ROUNDS}: ${PEOPLE} tokens`);
    const emails = Array.from({ length: PEOPLE }, (_, n) => `${prefix}${n}@gmail.com`);
    const idTokens = await emulator.ask("idTokens", emails);
    await clients.ask("muster", { crew: "all", people: idTokens.map((idToken) => ({ idToken })) });
    return await load({ clients, port }, kit);
  };
  const first: number[] = [];
  const again: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    first.push(await signIns(`new${round}x`, round));
    again.push(await signIns("new0x", round));
  }
  // The first round only warms up.
  const known = { rates: again.slice(1) };
  const newcomers = { rates: first.slice(1) };
  return [
    {
      name: "sign-ins with Google/s",
      value: median(known.rates),
      unit: "/s",
      target: { atLeast: 800 },
      detail: known,
    },
    { name: "first sign-ins with Google/s", value: median(newcomers.rates), unit: "/s", detail: newcomers },
  ];
};

async function load(
  { clients, port }: { clients: Process<HttpClients>; port: number },
  { fail }: Kit,
): Promise<number> {
  const report = await clients.ask("load", {
    port,
    request: SIGN_IN,
    crew: "all",
    pace: { callers: CALLERS },
    until: { requests: PEOPLE },
  });
  report.failures.forEach(fail);
  return report.perSecond;
}
