import { createClient } from "../../src/client/operator/client.ts";
import { connectApi } from "../../tui/api.ts";
import { greet } from "../../tui/greet.ts";
import { readOptions } from "../../tui/options.ts";
import { runTerminal } from "../../tui/run.tsx";

// The terminal with a fault that comes when something is copied: in a timer, or as a promise that nobody hears.
const [fault] = Deno.args;
const options = await readOptions([]);
const greeting = greet(createClient(options));
const fail = () => {
  if (fault === "timer") {
    setTimeout(() => {
      throw new Error("a fault of ours");
    });
  } else void Promise.reject(new Error("a fault of ours"));
};
const desktop = { copy: fail, open: () => Promise.resolve(false), save: () => Promise.resolve("") };
using api = connectApi({ ...options, greeting, desktop, fetch: (request) => fetch(request) });
await runTerminal({ api, start: "flows", noColor: false }, greeting);
