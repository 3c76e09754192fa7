import pg from "pg";
import { openPostgres } from "../../src/platform/db/database.ts";
import { migrate } from "../../src/platform/db/migrate.ts";
import { CALLERS, inRounds, ourEnv } from "./auth_scene.ts";
import { OURS, PASSWORD, VIEWER } from "./auth_requests.ts";
import { type Bench, type Figure, type Kit, median } from "./bench.ts";
import { startDatabases } from "./database.ts";
import { graphqlRequest } from "./graphql_request.ts";
import { Process } from "./process.ts";
import type { HttpClients } from "./processes/http_clients.ts";
import type { RequestTemplate, Values } from "./processes/http_request.ts";
import type { Sallyport } from "./processes/sallyport.ts";
import { trivialHash } from "./processes/trivial_hash.ts";
import { newPeople } from "./scale_people.ts";

/** Users of the larger database: `BENCH_USERS=100000 deno task bench scale`. */
const SIZES = { few: 10_000, many: Number(Deno.env.get("BENCH_USERS") ?? 1_000_000) };
type Size = keyof typeof SIZES;

/** Users who sign in and send requests, spread over the whole table. */
const ACTIVE_USERS = 500;
/** Many short rounds in turn, so that other load on the machine affects both sides. */
const ROUNDS = 20;
const REQUESTS = 40;

/** Length of an operator's search text: enough of a name to match one user of a million. */
const SEARCHED = 10;

/** R47: duration of reads with a million users compared with ten thousand, and in milliseconds. */
export const scale: Bench = async (kit) => {
  const { ours: few, many } = await startDatabases(kit.stack, ["many"]);
  const database = openPostgres({ url: many, maxConnections: 2 });
  await migrate(database);
  await database.close();
  const scenes = { few: await open(kit, "few", few), many: await open(kit, "many", many) };
  const figures: Figure[] = [];
  for (const [name, request] of Object.entries(READS)) {
    const medians = await inRounds({ ...kit, say: () => {} }, ROUNDS, {
      few: () => timeOf(kit, scenes.few, request(scenes.few.operator)),
      many: () => timeOf(kit, scenes.many, request(scenes.many.operator)),
    });
    const [ofFew, ofMany] = [median(medians.few), median(medians.many)];
    const [users, detail] = [SIZES.many.toLocaleString("en"), { fewMs: ofFew, manyMs: ofMany }];
    figures.push(
      SEARCHES.includes(name)
        ? { name: `${name}: with ${users} users`, value: ofMany, unit: "ms", target: { below: 100 }, detail }
        : {
          name: `${name}: with ${users} users, of its time with 10,000`,
          value: ofMany / ofFew,
          unit: "times",
          target: { below: 1.5 },
          detail,
        },
    );
    kit.say(`${name}: ${ofFew.toFixed(2)} ms and ${ofMany.toFixed(2)} ms`);
  }
  return figures;
};

type Scene = { port: number; clients: Process<HttpClients>; operator: string };

async function open(kit: Kit, size: Size, database: string): Promise<Scene> {
  kit.say(`${SIZES[size]} users, each with a session and an event, and flows`);
  const pool = new pg.Pool({ connectionString: database, max: 1 });
  const asking = await newPeople(pool, SIZES[size], ACTIVE_USERS, await trivialHash.hash(PASSWORD));
  await pool.query("vacuum analyze");
  await pool.end();
  const server = kit.stack.use(new Process<Sallyport>("sallyport.ts", ourEnv(database, "trivial")));
  const clients = kit.stack.use(new Process<HttpClients>("http_clients.ts"));
  const port = await server.ask("port");
  const people = asking.map(({ id, username, ip }): Values => ({
    ...{ id, username, ip, password: PASSWORD },
    ...{ search: username.slice(0, SEARCHED), part: username.slice(SEARCHED - 3) },
  }));
  await clients.ask("muster", { crew: "all", people });
  const until = { requests: ACTIVE_USERS };
  const signIns = await clients.ask("load", {
    port,
    request: OURS.signIn,
    crew: "all",
    pace: { callers: CALLERS },
    until,
  });
  signIns.failures.forEach(kit.fail);
  return { port, clients, operator: await server.ask("token") };
}

/** The median latency of sequential requests; it does not measure throughput. */
async function timeOf({ fail }: Kit, { port, clients }: Scene, request: RequestTemplate): Promise<number> {
  const load = { port, request, crew: "all", pace: { callers: 1 }, until: { requests: REQUESTS } };
  const report = await clients.ask("load", load);
  report.failures.forEach(fail);
  return median(report.latenciesMs);
}

function own(query: string, seen: string): () => RequestTemplate {
  return () => graphqlRequest(query, { seen }, { headers: { authorization: "Bearer %{token}" } });
}

function operators(query: string, seen: string, variables: Record<string, unknown>) {
  return (operator: string): RequestTemplate =>
    graphqlRequest(query, { seen }, { variables, headers: { authorization: `Bearer ${operator}` } });
}

/** Reads whose time may grow with the number of users. */
const SEARCHES = [
  "a user by a part of a name and an address",
  "sessions by a part of a name",
  "the diagnosis of a name",
  "the diagnosis of a name that no user has",
];

const USER = "id username email state methods createdAt lastSignInAt";

/** Reads of users and operators. Each request is made for another one of the users. */
const READS: Record<string, (operator: string) => RequestTemplate> = {
  "the viewer": own(VIEWER, '{"viewer":{"id":"'),
  "the viewer's state": own("{ authState { currentState allowedTransitions } }", '"currentState":"'),
  "the viewer's sessions": own("{ sessions { id method current expiresAt } }", '"current":true'),
  "the viewer's events": own("{ events(last: 20) { nodes { cursor at type } } }", '"type":"'),
  "a user by id": operators(`query ($id: ID!) { user(id: $id) { ${USER} } }`, '"user":{"id":"usr_', {
    id: "%{id}",
  }),
  "a user by the beginning of a name": operators(
    `query ($search: String) { users(first: 20, search: $search) { nodes { ${USER} } } }`,
    '"nodes":[{"id":"usr_',
    { search: "%{search}" },
  ),
  "a user by a part of a name and an address": operators(
    `query ($search: String) { users(first: 20, search: $search) { nodes { ${USER} } totalCount } }`,
    '"nodes":[{"id":"usr_',
    { search: "%{part}@exa" },
  ),
  "the newest 50 users": operators(`{ users(last: 50) { nodes { ${USER} } } }`, '"username":"', {}),
  "a user's sessions": operators("query ($id: ID!) { userSessions(userId: $id) { id } }", '"id":"ses_', {
    id: "%{id}",
  }),
  "a user's events": operators(
    "query ($id: ID) { events(last: 20, userId: $id) { nodes { cursor at type } } }",
    '"type":"',
    { id: "%{id}" },
  ),
  "events by a client address": operators(
    "query ($ip: String) { events(last: 20, ipAddress: $ip) { nodes { cursor at type } } }",
    '"type":"',
    { ip: "%{ip}" },
  ),
  "events by an e-mail address": operators(
    "query ($name: String) { events(last: 20, subject: $name) { nodes { cursor at type } } }",
    '"type":"',
    { name: "%{username}@example.test" },
  ),
  "the newest 50 sessions": operators("{ allSessions(last: 50) { nodes { id } } }", '"id":"ses_', {}),
  "sessions by a part of a name": operators(
    "query ($search: String) { allSessions(last: 50, search: $search) { nodes { id } totalCount } }",
    '"id":"ses_',
    { search: "%{part}" },
  ),
  "sessions by a client address": operators(
    "query ($search: String) { allSessions(last: 50, search: $search) { nodes { id } totalCount } }",
    '"id":"ses_',
    { search: "%{ip}" },
  ),
  "the newest 50 flows": operators(
    "{ flows(last: 50) { nodes { id status } totalCount } }",
    '"id":"flw_',
    {},
  ),
  "the diagnosis of a name": operators(
    `query ($identifier: String!) { diagnose(identifier: $identifier) {
      subject findings { code } timeline(last: 50) { nodes { id type } } } }`,
    '"type":"',
    { identifier: "%{username}" },
  ),
  "the diagnosis of a name that no user has": operators(
    `query ($identifier: String!) { diagnose(identifier: $identifier) { subject findings { code } } }`,
    '"code":"NO_SUCH_ACCOUNT"',
    { identifier: "%{username}x" },
  ),
};
