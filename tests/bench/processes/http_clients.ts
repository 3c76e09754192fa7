import { serveCommands } from "./commands.ts";
import { HttpConnection } from "./http_connection.ts";
import { prepare, type PreparedRequest, type RequestTemplate, type Values } from "./http_request.ts";

/*
 * Callers over connections that stay open. Each request is made for one of a crew of people, who take turns; what
 * a person was given, a token say, is there for their next request, also in another load.
 */

export type Load = {
  port: number;
  request: RequestTemplate;
  /** Whose requests. Without a crew all are the same. */
  crew?: string;
  /** As many callers, each with its next request when it has its answer; or so many arrivals a second, at random. */
  pace: { callers: number } | { perSecond: number };
  /** As many requests as the crew has people are one of each. */
  until: { seconds: number } | { requests: number };
};

export type Report = {
  /** Right answers a second. */
  perSecond: number;
  /** How many answers there were of which kind. */
  answers: Record<string, number>;
  /** In the order of the answers. At arrivals at random it counts from when the request should have been sent. */
  latenciesMs: number[];
  /** What answers were not right, or never came. */
  failures: string[];
};

const crews = new Map<string, Values[]>();

/** One load under way. */
class Run {
  readonly #request: PreparedRequest;
  readonly #people: Values[];
  readonly #end: number;
  readonly #oneAtATime: boolean;
  #left: number;
  readonly report: Report = { perSecond: 0, answers: {}, latenciesMs: [], failures: [] };

  constructor(readonly load: Load) {
    const { request, port, crew, pace, until } = load;
    this.#request = prepare(request, port);
    this.#people = crew === undefined ? [{}] : crews.get(crew) ?? [];
    this.#end = "seconds" in until ? performance.now() + until.seconds * 1000 : Infinity;
    this.#oneAtATime = crew !== undefined && "callers" in pace;
    this.#left = "requests" in until ? until.requests : Infinity;
  }

  /** Whose turn it is, or undefined when the load is over. Without a crew it is nobody's, all the time. */
  next(): Values | undefined {
    if (this.#left <= 0 || performance.now() > this.#end) return undefined;
    this.#left--;
    if (this.load.crew === undefined) return this.#people[0];
    const values = this.#people.shift();
    if (!values) throw new TypeError("The crew is too small for so many callers");
    // Arrivals do not wait for anybody: a person may then be there twice.
    if (!this.#oneAtATime) this.#people.push(values);
    return values;
  }

  async exchange(connection: HttpConnection, values: Values, since: number): Promise<void> {
    const answer = await connection.exchange(this.#request.write(values));
    const { answers, latenciesMs, failures } = this.report;
    latenciesMs.push(performance.now() - since);
    const kind = this.#request.judge(answer, values);
    if (kind === undefined) failures.push(answer.slice(0, 1_000));
    else answers[kind] = (answers[kind] ?? 0) + 1;
    if (this.#oneAtATime) this.#people.push(values);
  }
}

/** One request after the other on one connection. */
async function call(run: Run): Promise<void> {
  using connection = await HttpConnection.open(run.load.port);
  for (let values = run.next(); values; values = run.next()) {
    await run.exchange(connection, values, performance.now());
  }
}

/** Requests come when they come, whether those before them were answered or not. */
async function arrive(run: Run, perSecond: number): Promise<void> {
  const idle: HttpConnection[] = [];
  const underWay = new Set<Promise<void>>();
  const send = async (due: number, values: Values) => {
    const connection = idle.pop() ?? await HttpConnection.open(run.load.port);
    await run.exchange(connection, values, due);
    idle.push(connection);
  };
  let due = performance.now();
  for (let values = run.next(); values; values = run.next()) {
    due -= Math.log(1 - Math.random()) * 1000 / perSecond;
    const early = due - performance.now();
    if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
    const sent = send(due, values).catch((error) => void run.report.failures.push(`${error}`));
    underWay.add(sent);
    void sent.then(() => underWay.delete(sent));
  }
  await Promise.all(underWay);
  idle.forEach((connection) => connection[Symbol.dispose]());
}

const commands = {
  /** Makes a crew, instead of the one that had its name. */
  muster: ({ crew, people }: { crew: string; people: Values[] }) => void crews.set(crew, people),

  /** What the people of a crew were given so far. */
  values: (crew: string): Values[] => crews.get(crew) ?? [],

  /** Gives each of a crew one more value, by another that they have. */
  give: (gift: { crew: string; name: string; to: string; values: Values }) => {
    const { crew, name, to, values } = gift;
    for (const person of crews.get(crew) ?? []) {
      const value = values[person[to] ?? ""];
      if (value === undefined) throw new TypeError(`No ${name} for ${person[to]}`);
      person[name] = value;
    }
  },

  load: async (load: Load): Promise<Report> => {
    const run = new Run(load);
    const { pace } = load;
    const begun = performance.now();
    if ("perSecond" in pace) await arrive(run, pace.perSecond);
    else {
      const callers = Array.from(
        { length: pace.callers },
        () => call(run).catch((error) => void run.report.failures.push(`${error}`)),
      );
      await Promise.all(callers);
    }
    const { report } = run;
    const right = Object.values(report.answers).reduce((sum, count) => sum + count, 0);
    report.perSecond = right / ((performance.now() - begun) / 1000);
    return report;
  },
};

export type HttpClients = typeof commands;

await serveCommands(commands);
Deno.exit();
