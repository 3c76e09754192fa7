import { createClient } from "../../src/client/client.ts";
import { connectApi } from "../../tui/api.ts";
import { greet } from "../../tui/greet.ts";
import { readOptions } from "../../tui/options.ts";
import { runTerminal } from "../../tui/run.tsx";

// The terminal with a fault that comes while it is up: in a timer, or as a promise that nobody hears.
const [fault] = Deno.args;
const options = await readOptions([]);
const greeting = greet(createClient(options));
const desktop = { copy: () => {}, open: () => Promise.resolve(false), save: () => Promise.resolve("") };
using api = connectApi({ ...options, greeting, desktop, fetch: (request) => fetch(request) });
const fail = () => {
  if (fault === "timer") throw new Error("a fault of ours");
  void Promise.reject(new Error("a fault of ours"));
};
setTimeout(fail, 1_000);
await runTerminal({ api, start: "flows", noColor: false }, greeting);
