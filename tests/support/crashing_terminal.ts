import { createClient } from "../../src/client/operator/client.ts";
import { connectApi } from "../../tui/api.ts";
import { greet } from "../../tui/greet.ts";
import { readOptions } from "../../tui/options.ts";
import { runTerminal } from "../../tui/run.tsx";
import { themeFor } from "../../tui/theme.ts";

// A terminal that crashes when text is copied: in a timer, or with an unhandled rejection.
const [fault] = Deno.args;
const options = await readOptions([]);
const greeting = greet(createClient(options));
const fail = () => {
  if (fault === "timer") {
    setTimeout(() => {
      throw new Error("an injected fault");
    });
  } else void Promise.reject(new Error("an injected fault"));
};
const desktop = { copy: fail, open: () => Promise.resolve(false), save: () => Promise.resolve("") };
using api = connectApi({ ...options, greeting, desktop, fetch: (request) => fetch(request) });
await runTerminal({ api, start: "flows", theme: themeFor(options.theme) }, greeting);
