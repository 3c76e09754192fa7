import pg from "pg";
import { OURS, people } from "./auth_requests.ts";
import { CALLERS, inRounds } from "./auth_scene.ts";
import { type Bench, type Figure, type Kit, median, whileCounting } from "./bench.ts";
import { type GoogleScene, openGoogleScene } from "./google_scene.ts";
import { graphqlRequest } from "./graphql_request.ts";
import { Process } from "./process.ts";
import type { HttpClients } from "./processes/http_clients.ts";
import type { RequestTemplate } from "./processes/http_request.ts";

const ROUNDS = 5;
const SECONDS = 2;
const PEOPLE = 100;
const AT_ONCE = 200;

const ACCESS = `mutation Access { googleAccess(scopes: ["email"]) {
  __typename ... on GoogleAccess { accessToken expiresAt scopes } ... on AuthError { code message } } }`;
const GIVEN = '"__typename":"GoogleAccess"';

/** Google access tokens of connected users, and one expired token that 200 callers request at once. */
export const googleAccess: Bench = async (kit) => {
  const scene = await openGoogleScene(kit);
  const clients = kit.stack.use(new Process<HttpClients>("http_clients.ts"));
  const port = await scene.ours.ask("port");
  const pool = new pg.Pool({ connectionString: scene.database, max: 1 });
  kit.stack.defer(() => pool.end());
  kit.say(`${PEOPLE} people register, sign in and connect Google`);
  await clients.ask("muster", { crew: "all", people: people("g", PEOPLE) });
  const load = async (request: RequestTemplate, until: { requests: number } | { seconds: number }) => {
    const report = await clients.ask("load", {
      port,
      request,
      crew: "all",
      pace: { callers: CALLERS },
      until,
    });
    report.failures.forEach(kit.fail);
    return report;
  };
  await load(OURS.register, { requests: PEOPLE });
  await load(OURS.signIn, { requests: PEOPLE });
  const { rows } = await pool.query<{ id: string }>("select id from users");
  const [refreshToken = ""] = await scene.google.ask("grants", 1);
  await scene.ours.ask("storeGrants", rows.map(({ id }) => ({ ownerId: id, refreshToken })));

  const given = graphqlRequest(ACCESS, { given: GIVEN }, {
    headers: { authorization: "Bearer %{token}" },
  });
  const cpu: number[] = [];
  const rate = (request: RequestTemplate) => async () => {
    const counted = await whileCounting(scene.ours, () => load(request, { seconds: SECONDS }));
    const { perSecond, latenciesMs } = counted.result;
    if (request === given) cpu.push(1e6 * counted.cpu / latenciesMs.length);
    return perSecond;
  };
  const rates = await inRounds(kit, ROUNDS, { access: rate(given), check: rate(OURS.checkByToken) });
  const [{ token = "" } = {}] = await clients.ask("values", "all");
  return [
    {
      name: "googleAccess with a healthy token",
      value: median(rates.access),
      unit: "/s",
      target: { atLeast: 3_000 },
      detail: rates,
    },
    { name: "— of session checks", value: 100 * median(rates.access) / median(rates.check), unit: "%" },
    { name: "— CPU of each", value: median(cpu), unit: "µs" },
    await oneRefresh(kit, scene, { clients, pool, port, token }),
  ];
};

type Expired = { clients: Process<HttpClients>; pool: pg.Pool; port: number; token: string };

async function oneRefresh(
  { fail, say }: Kit,
  { google }: GoogleScene,
  { clients, pool, port, token }: Expired,
): Promise<Figure> {
  say(`${AT_ONCE} at once on an expired token`);
  // The background refresh does not interfere, because it reads `refresh_at`, which is not changed.
  await pool.query("update credentials set issued_at = now() - interval '1 h', expires_at = now()");
  const before = await google.ask("calls");
  const request = graphqlRequest(ACCESS, { given: GIVEN }, { headers: { authorization: `Bearer ${token}` } });
  const pace = { callers: AT_ONCE };
  const report = await clients.ask("load", { port, request, pace, until: { requests: AT_ONCE } });
  report.failures.forEach(fail);
  const after = await google.ask("calls");
  const value = after.refreshes - before.refreshes;
  return {
    name: `${AT_ONCE} at once on one expired token: refreshes at Google`,
    value,
    unit: "",
    target: { below: 2 },
  };
}
