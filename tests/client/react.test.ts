import assert from "node:assert/strict";
import type { ReactNode } from "react";
import type { Sallyport } from "../../src/client/sallyport.ts";
import { startApp } from "../support/app.ts";
import { mailedCode } from "../support/codes.ts";
import { eventually } from "../support/eventually.ts";
import { listenersAreBackAt } from "../support/live.ts";
import { newName, PASSWORD } from "../support/people.ts";
import { onReact, type ReactPage } from "../support/react_page.ts";
import { newSallyport, signedInClient } from "../support/sallyport_client.ts";
import { serve } from "../support/serve.ts";

/** A component that shows the values of `useAuth` and `useUser`, and `SignedIn` or `SignedOut`. */
function headerOf({ react: { createElement: h, Fragment }, library }: ReactPage) {
  const { SignedIn, SignedOut, useAuth, useUser } = library;
  return function Header(): ReactNode {
    const { isLoading, user, authState, error } = useAuth();
    const same = useUser();
    assert.equal(same, isLoading || error !== undefined ? undefined : user);
    const state = isLoading ? "loading" : error ? String(error) : `${authState?.currentState}`;
    return h(
      Fragment,
      null,
      `${state} ${user?.username ?? user?.name ?? "-"}`,
      h(SignedIn, null, " in"),
      h(SignedOut, null, " out"),
      h(SignedIn, { guests: true }, " in-or-guest"),
      h(SignedOut, { guests: true }, " out-not-guest"),
    );
  };
}

/** Renders children below a provider, in strict mode, which mounts everything twice. */
function provided({ react: { createElement: h, StrictMode }, library }: ReactPage, client: Sallyport) {
  return (...children: ReactNode[]) =>
    h(StrictMode, null, h(library.SallyportProvider, { client }, ...children));
}

async function shows(page: ReactPage, text: string): Promise<void> {
  await eventually(`the page shows ${text}`, () => page.text() === text).catch((error) => {
    throw new Error(`The page shows ${page.text()}`, { cause: error });
  });
}

onReact("the page follows a user from sign-in to sign-out, and a guest", async (page, database) => {
  await using app = await startApp({ database });
  const client = newSallyport(app);
  const username = newName();
  await client.register({ username, password: PASSWORD });
  page.render(provided(page, client)(page.react.createElement(headerOf(page))));
  await shows(page, "VISITOR - out out-not-guest");
  await client.signInWithPassword(username, PASSWORD);
  await shows(page, `AUTH ${username} in in-or-guest`);
  await client.signOut();
  await shows(page, "VISITOR - out out-not-guest");
  const { user } = await client.signInAsGuest();
  await shows(page, `${user.state} ${user.name} out in-or-guest`);
  client.close();
});

onReact("hydration of the server's page reports no mismatch", async (page, database) => {
  await using app = await startApp({ database });
  const { client, username } = await signedInClient(app);
  const tree = provided(page, client)(page.react.createElement(headerOf(page)));
  const { eventLog } = app.services;
  const base = eventLog.listeners;
  const html = page.server.renderToString(tree);
  assert.equal(html, "loading -");
  await listenersAreBackAt(app, base);
  page.hydrate(html, tree);
  await shows(page, `AUTH ${username} in in-or-guest`);
  client.close();
});

onReact("many components share one subscription, which ends with them", async (page, database) => {
  await using app = await startApp({ database });
  await using server = serve(app);
  const { eventLog, subscriptions } = app.services;
  const base = eventLog.listeners;
  let opened = 0;
  const fetch = (request: Request) => {
    if (request.headers.get("accept") === "text/event-stream") opened++;
    return globalThis.fetch(request);
  };
  const { client, username } = await signedInClient(app, { url: server.url, fetch });
  // An open stream would keep the server from closing after a failure.
  using _closing = { [Symbol.dispose]: client.close };
  const signedIn = `AUTH ${username} in in-or-guest`;
  const { createElement: h } = page.react;
  const tree = provided(page, client);
  page.render(tree(h(headerOf(page), { key: 1 }), h(headerOf(page), { key: 2 })));
  await shows(page, `${signedIn}${signedIn}`);
  assert.deepEqual([opened, subscriptions.size], [1, 1], "two components in strict mode");
  // The next page replaces all components at once.
  page.render(tree(h(headerOf(page), { key: 3 })));
  await shows(page, signedIn);
  assert.deepEqual([opened, subscriptions.size], [1, 1], "a change of pages");
  page.render(tree());
  await listenersAreBackAt(app, base);
  page.render(tree(h(headerOf(page), { key: 4 })));
  await shows(page, signedIn);
  assert.deepEqual([opened, subscriptions.size], [2, 1], "after a page without any");
  page.unmount();
  await listenersAreBackAt(app, base);
});

onReact("useFlow follows a flow until it ends", async (page, database) => {
  await using app = await startApp({ database });
  const client = newSallyport(app);
  const base = app.services.eventLog.listeners;
  const Code = ({ id }: { id: string | undefined }) => {
    const { data, error } = page.library.useFlow(id);
    return error ? String(error) : data ? `${data.id} ${data.status} ${data.attemptsLeft}` : "no flow";
  };
  const show = (id: string | undefined) =>
    page.render(provided(page, client)(page.react.createElement(Code, { id })));
  show(undefined);
  await shows(page, "no flow");
  const [first, second] = [`${newName()}@example.test`, `${newName()}@example.test`];
  const { id } = await client.requestEmailCode(first);
  show(id);
  await shows(page, `${id} WAITING 5`);
  await assert.rejects(client.verifyEmailCode(id, "000000"));
  await shows(page, `${id} WAITING 4`);
  const { id: next } = await client.requestEmailCode(second);
  show(next);
  await shows(page, `${next} WAITING 5`);
  await client.verifyEmailCode(next, await mailedCode(app, second));
  await shows(page, `${next} SUCCEEDED 0`);
  show("flw_unknown");
  await eventually("an error", () => page.text().startsWith("RequestRefused"));
  show(undefined);
  await shows(page, "no flow");
  await listenersAreBackAt(app, base);
  client.close();
});

onReact("useCredentials shows each user only their own credentials", async (page, database) => {
  await using app = await startApp({ database });
  const { client, username } = await signedInClient(app);
  const other = await signedInClient(app);
  const seen: string[] = [];
  const Vault = () => {
    const { data, error } = page.library.useCredentials();
    const text = error
      ? String(error)
      : data?.map(({ provider, health }) => `${provider} ${health}`).join() ?? "loading";
    seen.push(text);
    return `[${text}]`;
  };
  page.render(provided(page, client)(page.react.createElement(Vault)));
  await shows(page, "[]");
  const { id, webUrl } = await client.startModalTokenFlow();
  app.modal.approve(webUrl?.split("/").at(-1) ?? "");
  await shows(page, "[MODAL HEALTHY]");
  const [credential] = await client.credentials();
  assert.ok(credential && id);
  seen.length = 0;
  await client.signInWithPassword(other.username, PASSWORD);
  await shows(page, "[]");
  assert.ok(seen.includes("loading"), "the first user's credentials stayed until the second's came");
  await client.signOut();
  await client.signInWithPassword(username, PASSWORD);
  await shows(page, "[MODAL HEALTHY]");
  await client.revokeCredential(credential.id);
  await shows(page, "[MODAL REVOKED]");
  await client.signOut();
  await shows(page, "[]");
  client.close();
  other.client.close();
});

onReact("useAuth returns the error of a permanent refusal", async (page, database) => {
  await using app = await startApp({ database });
  const refused = { errors: [{ message: "Not for you", extensions: { code: "FORBIDDEN" } }] };
  const client = newSallyport(app, { fetch: () => Promise.resolve(Response.json(refused)) });
  const Vault = () => `, ${page.library.useCredentials().error}`;
  const { createElement: h } = page.react;
  page.render(provided(page, client)(h(headerOf(page), { key: 1 }), h(Vault, { key: 2 })));
  await shows(page, "RequestRefused: Not for you -, RequestRefused: Not for you");
  client.close();
});

onReact("the provider follows its new client when the property changes", async (page, database) => {
  await using app = await startApp({ database });
  const [ada, grace] = [await signedInClient(app), await signedInClient(app)];
  const header = page.react.createElement(headerOf(page));
  page.render(provided(page, ada.client)(header));
  await shows(page, `AUTH ${ada.username} in in-or-guest`);
  page.render(provided(page, grace.client)(header));
  await shows(page, `AUTH ${grace.username} in in-or-guest`);
  await grace.client.signOut();
  await shows(page, "VISITOR - out out-not-guest");
  for (const { client } of [ada, grace]) client.close();
});

onReact("a hook without a provider throws an error that names the provider", async (page) => {
  const { renderToString } = page.server;
  const header = page.react.createElement(headerOf(page));
  await assert.rejects(async () => await renderToString(header), /below a <SallyportProvider>/);
});
