import { serveCommands } from "./commands.ts";
import { HttpConnection } from "./http_connection.ts";
import { prepare, type PreparedRequest, type RequestTemplate, type Values } from "./http_request.ts";

/*
 * Callers over persistent connections. Each request is made for one user of a crew, in turn. Values from a user's
 * responses, such as a token, are available to their later requests, also in another load.
 */

export type Load = {
  port: number;
  request: RequestTemplate;
  /** The users of the requests. Without a crew all requests are the same. */
  crew?: string;
  /**
   * Either a number of callers that each wait for a response before the next request, or a number of random arrivals
   * per second.
   */
  pace: { callers: number } | { perSecond: number };
  /** As many requests as the crew has users makes one request for each. */
  until: { seconds: number } | { requests: number };
};

export type Report = {
  /** Correct responses per second. */
  perSecond: number;
  /** Number of responses by kind. */
  answers: Record<string, number>;
  /** In order of the responses. With random arrivals, measured from the time at which the request was due. */
  latenciesMs: number[];
  /** Wrong responses and failed requests. */
  failures: string[];
};

const crews = new Map<string, Values[]>();

/** A running load. */
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

  /** The values of the next user; undefined when the load is over. Without a crew always the same empty values. */
  next(): Values | undefined {
    if (this.#left <= 0 || performance.now() > this.#end) return undefined;
    this.#left--;
    if (this.load.crew === undefined) return this.#people[0];
    const values = this.#people.shift();
    if (!values) throw new TypeError("The crew is too small for so many callers");
    // Random arrivals do not wait for responses, so a user may have several requests in progress.
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

/** Sends one request after the other on one connection. */
async function call(run: Run): Promise<void> {
  using connection = await HttpConnection.open(run.load.port);
  for (let values = run.next(); values; values = run.next()) {
    await run.exchange(connection, values, performance.now());
  }
}

/** Sends requests at random times, whether earlier ones were answered or not. */
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
  /** Creates a crew, replacing one of the same name. */
  muster: ({ crew, people }: { crew: string; people: Values[] }) => void crews.set(crew, people),

  /** The values that the users of a crew have so far. */
  values: (crew: string): Values[] => crews.get(crew) ?? [],

  /** Gives each user of a crew one more value, looked up by another of their values. */
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
