import assert from "node:assert/strict";
import { type GoogleEmulator, startGoogleEmulator } from "../../src/emulators/google/google_emulator.ts";
import { movableClock, startApp, type TestApp, type TestAppOptions } from "./app.ts";

/** Starts a server with an emulated Google. Both use the same clock. */
export async function startGoogleApp(
  options: TestAppOptions,
): Promise<TestApp & { google: GoogleEmulator }> {
  const clock = options.clock ?? movableClock();
  await using made = new AsyncDisposableStack();
  const google = options.google ?? made.use(await startGoogleEmulator({ now: clock.now }));
  const app = made.use(await startApp({ ...options, clock, google }));
  const running = made.move();
  return { ...app, google, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

/** A person's decision on the consent page. */
export type Decision = { deny: true } | { email: string; scopes?: readonly string[] };

/** Goes through the consent page as a browser does. Returns the callback URL of the final redirect. */
export async function decideAtGoogle(authorizationUrl: string, decision: Decision): Promise<URL> {
  const page = await redirectOf(await fetch(authorizationUrl, { redirect: "manual" }));
  const shown = await fetch(page);
  assert.equal(shown.status, 200, await shown.text());
  const form = new URLSearchParams();
  if ("email" in decision) {
    form.set("email", decision.email);
    if (decision.scopes) form.set("choose", "yes");
    for (const scope of decision.scopes ?? []) form.append("scope", scope);
  }
  const action = `${page.href}/${"deny" in decision ? "deny" : "approve"}`;
  const decided = await redirectOf(await fetch(action, { method: "POST", body: form, redirect: "manual" }));
  return await redirectOf(await fetch(decided, { redirect: "manual" }));
}

/** The target of a redirect. Fails if the answer is not a redirect. */
async function redirectOf(response: Response): Promise<URL> {
  const text = await response.text();
  assert.equal(response.status, 303, text);
  return new URL(response.headers.get("location") ?? "", response.url);
}
