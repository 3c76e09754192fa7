import { type Bench, median, whileCounting } from "./bench.ts";
import { serverEnv, startDatabase } from "./database.ts";
import { graphqlRequest } from "./graphql_request.ts";
import { Process } from "./process.ts";
import type { BareYoga } from "./processes/bare_yoga.ts";
import type { HttpClients } from "./processes/http_clients.ts";
import type { Sallyport } from "./processes/sallyport.ts";

const ROUNDS = 5;
const SECONDS = 2;
const REQUEST = graphqlRequest("{ __typename }", { right: '{"data":{"__typename":"Query"}}' });

/** What hardening, routing and counting cost: the smallest query through our server and through a bare Yoga. */
export const typename: Bench = async ({ stack, fail, say }) => {
  const database = await startDatabase(stack);
  const ours = stack.use(new Process<Sallyport>("sallyport.ts", serverEnv(database)));
  const bare = stack.use(new Process<BareYoga>("bare_yoga.ts"));
  const clients = stack.use(new Process<HttpClients>("http_clients.ts"));
  const rates = { ours: [] as number[], bare: [] as number[] };
  const perCpu = { ours: [] as number[], bare: [] as number[] };

  const measure = async (name: "ours" | "bare", seconds: number) => {
    const server = name === "ours" ? ours : bare;
    const port = await server.ask("port");
    const { cpu, result } = await whileCounting(
      server,
      () => clients.ask("load", { port, request: REQUEST, pace: { callers: 32 }, until: { seconds } }),
    );
    result.failures.forEach((failure) => fail(`${name}: ${failure}`));
    return { perSecond: result.perSecond, perCpu: result.latenciesMs.length / cpu };
  };

  for (const name of ["ours", "bare"] as const) await measure(name, 1);
  for (let round = 1; round <= ROUNDS; round++) {
    say(`round ${round} of ${ROUNDS}`);
    for (const name of ["ours", "bare"] as const) {
      const { perSecond, perCpu: each } = await measure(name, SECONDS);
      rates[name].push(perSecond);
      perCpu[name].push(each);
    }
  }
  const share = ({ ours, bare }: typeof rates) => 100 * median(ours) / median(bare);
  return [
    {
      name: "requests/s, of a bare Yoga's",
      value: share(rates),
      unit: "%",
      target: { atLeast: 60 },
      detail: rates,
    },
    { name: "requests a CPU second, of a bare Yoga's", value: share(perCpu), unit: "%", detail: perCpu },
    { name: "requests/s", value: median(rates.ours), unit: "/s" },
  ];
};
