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

const SIZES = { few: 10_000, many: 1_000_000 } as const;
type Size = keyof typeof SIZES;

/** Users who sign in and send requests, spread over the whole table. */
const ACTIVE_USERS = 500;
/** Many short rounds in turn, so that other load on the machine affects both sides. */
const ROUNDS = 20;
const REQUESTS = 100;

/** Length of an operator's search text: enough of a name to match one user of a million. */
const SEARCHED = 10;

/** R47: duration of reads with a million users compared with ten thousand. */
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
    figures.push({
      name: `${name}: at 1,000,000 users, of its time at 10,000`,
      value: ofMany / ofFew,
      unit: "times",
      target: { below: 1.5 },
      detail: { fewMs: ofFew, manyMs: ofMany },
    });
    kit.say(`${name}: ${ofFew.toFixed(2)} ms and ${ofMany.toFixed(2)} ms`);
  }
  return figures;
};

type Scene = { port: number; clients: Process<HttpClients>; operator: string };

async function open(kit: Kit, size: Size, database: string): Promise<Scene> {
  kit.say(`${SIZES[size]} users, each with a session and an event`);
  const pool = new pg.Pool({ connectionString: database, max: 1 });
  const asking = await newPeople(pool, SIZES[size], ACTIVE_USERS, await trivialHash.hash(PASSWORD));
  await pool.query("vacuum analyze");
  await pool.end();
  const server = kit.stack.use(new Process<Sallyport>("sallyport.ts", ourEnv(database, "trivial")));
  const clients = kit.stack.use(new Process<HttpClients>("http_clients.ts"));
  const port = await server.ask("port");
  const people = asking.map(({ id, username }): Values => (
    { id, username, password: PASSWORD, search: username.slice(0, SEARCHED) }
  ));
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
  "the newest 50 users": operators(`{ users(last: 50) { nodes { ${USER} } } }`, '"username":"', {}),
  "a user's sessions": operators("query ($id: ID!) { userSessions(userId: $id) { id } }", '"id":"ses_', {
    id: "%{id}",
  }),
  "a user's events": operators(
    "query ($id: ID) { events(last: 20, userId: $id) { nodes { cursor at type } } }",
    '"type":"',
    { id: "%{id}" },
  ),
  "the newest 50 sessions": operators("{ allSessions(last: 50) { nodes { id } } }", '"id":"ses_', {}),
};
