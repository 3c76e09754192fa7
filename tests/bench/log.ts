import { type Bench, median, quantile } from "./bench.ts";
import { startDatabase } from "./database.ts";
import { Process } from "./process.ts";
import type { LogWriter, Reading } from "./processes/log_writer.ts";

const ROUNDS = 4;
const WRITERS = 16;
const SECONDS = 2;

/**
 * How much readers slow down writers of the event log, and the delay of readers while writers write at full speed.
 */
export const log: Bench = async ({ stack, say }) => {
  const database = await startDatabase(stack);
  const writer = stack.use(new Process<LogWriter>("log_writer.ts", { DATABASE_URL: database }));
  const rates: Record<Reading, number[]> = { hinted: [], polling: [], none: [] };
  const delays: number[] = [];
  await writer.ask("append", { reading: "hinted", writers: WRITERS, seconds: 1 });
  for (let round = 1; round <= ROUNDS; round++) {
    say(`round ${round} of ${ROUNDS}`);
    for (const reading of ["none", "hinted", "polling"] as const) {
      const result = await writer.ask("append", { reading, writers: WRITERS, seconds: SECONDS });
      rates[reading].push(result.perSecond);
      if (reading === "hinted") delays.push(...result.delaysMs);
    }
  }
  const share = (of: Reading) => 100 * median(rates.hinted) / median(rates[of]);
  return [
    {
      name: "appends/s with the hint, compared with polling only",
      value: share("polling"),
      unit: "%",
      target: { atLeast: 70 },
      detail: rates,
    },
    {
      name: "appends/s with the hint, compared with no readers",
      value: share("none"),
      unit: "%",
      target: { atLeast: 70 },
    },
    { name: "appends/s with the hint", value: median(rates.hinted), unit: "/s" },
    { name: "commit to listener, p50", value: quantile(delays, 0.5), unit: "ms" },
    { name: "commit to listener, p99", value: quantile(delays, 0.99), unit: "ms", target: { below: 150 } },
  ];
};
