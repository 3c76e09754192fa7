import assert from "node:assert/strict";
import {
  type Authenticators,
  createPasskeys,
  PasskeyError,
  supportsPasskeys,
} from "../../src/client/passkeys/passkeys.ts";
import { SallyportError } from "../../src/client/sallyport.ts";
import { startApp } from "../support/app.ts";
import type { SoftwareAuthenticator } from "../support/authenticator.ts";
import { newBrowser } from "../support/browser.ts";
import { onPglite } from "../support/databases.ts";
import { newAuthenticator, ORIGIN } from "../support/passkeys.ts";
import { PASSWORD } from "../support/people.ts";
import { newSallyport, signedInClient } from "../support/sallyport_client.ts";

/** A browser with this authenticator. */
function browserWith(authenticator: SoftwareAuthenticator): Authenticators {
  return {
    create: async (options) => authenticator.create(await options, ORIGIN),
    get: async (options) => authenticator.get(await options, ORIGIN),
    cancel: () => {},
  };
}

const refusedWith = (code: string) => (error: unknown) =>
  error instanceof SallyportError && error.code === code;

onPglite(
  "a passkey creates an account, and signs in to it, with tokens and with a cookie",
  async (database) => {
    await using app = await startApp({ database });
    const browser = browserWith(newAuthenticator());
    const first = newSallyport(app);
    const { user, session } = await createPasskeys(first, browser).register("ada");
    assert.deepEqual([user.username, session.assurance], ["ada", "PHISHING_RESISTANT"]);
    assert.equal((await first.authState()).user?.id, user.id);

    const again = newSallyport(app);
    assert.equal((await createPasskeys(again, browser).signIn()).user.id, user.id);
    assert.equal((await again.authState()).user?.id, user.id);

    const { fetch } = newBrowser(app);
    const cookie = newSallyport(app, { fetch, transport: "COOKIE" });
    assert.equal((await createPasskeys(cookie, browser).signIn()).session.method, "PASSKEY");
    assert.equal((await cookie.authState()).user?.id, user.id);
  },
);

onPglite("a guest becomes the user of a new passkey", async (database) => {
  await using app = await startApp({ database });
  const client = newSallyport(app);
  const guest = await client.signInAsGuest();
  const { user } = await createPasskeys(client, browserWith(newAuthenticator())).register("ada");
  assert.deepEqual([user.id, user.isGuest, user.methods], [guest.user.id, false, ["PASSKEY"]]);
});

onPglite(
  "a passkey is added with recovery codes, completes a challenge, and is removed",
  async (database) => {
    await using app = await startApp({ database });
    const authenticator = newAuthenticator();
    const { client, username } = await signedInClient(app);
    const passkeys = createPasskeys(client, browserWith(authenticator));
    const { factor, recoveryCodes } = await passkeys.add("Laptop");
    assert.deepEqual([factor.name, factor.backedUp, recoveryCodes?.length], ["Laptop", false, 10]);
    assert.equal(factor.credentialId, authenticator.credentials[0]?.id);

    const other = newSallyport(app);
    const { challenge } = await other.signInWithPassword(username, PASSWORD);
    assert.ok(challenge);
    const { session } = await createPasskeys(other, browserWith(authenticator)).verify(challenge);
    assert.deepEqual([session.method, session.assurance], ["PASSWORD", "PHISHING_RESISTANT"]);

    app.clock.advance(11 * 60);
    await assert.rejects(passkeys.remove(factor), refusedWith("STEP_UP_REQUIRED"));
    await passkeys.verify(await client.startStepUp());
    await passkeys.remove(factor);
    assert.deepEqual(await client.factors(), []);
    const signIn = createPasskeys(newSallyport(app), browserWith(authenticator)).signIn();
    await assert.rejects(signIn, refusedWith("SECOND_FACTOR_REJECTED"));
  },
);

onPglite(
  "a refused start does not ask the browser, and the browser's failure reaches the caller",
  async (database) => {
    await using app = await startApp({ database });
    const client = newSallyport(app);
    const failing: Authenticators = {
      create: async (options) => assert.fail(`asked with ${JSON.stringify(await options)}`),
      get: () => Promise.reject(new PasskeyError("CANCELLED")),
      cancel: () => {},
    };
    await assert.rejects(
      createPasskeys(client, failing).register("not a name!"),
      refusedWith("INVALID_INPUT"),
    );
    await assert.rejects(
      createPasskeys(client, failing).signIn(),
      (error) => error instanceof PasskeyError && error.code === "CANCELLED",
    );
    assert.equal(client.signedIn, false);
  },
);

const isCancelled = (error: unknown) => error instanceof PasskeyError && error.code === "CANCELLED";

onPglite(
  "a request that was cancelled or replaced does not sign in, even if its answer comes",
  async (database) => {
    await using app = await startApp({ database });
    const authenticator = newAuthenticator();
    const browser = browserWith(authenticator);
    await createPasskeys(newSallyport(app), browser).register("ada");
    const client = newSallyport(app);
    const touched = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    let cancels = 0;
    const passkeys = createPasskeys(client, {
      ...browser,
      get: async (options) => {
        const response = authenticator.get(await options, ORIGIN);
        asked.resolve();
        await touched.promise;
        return response;
      },
      cancel: () => cancels++,
    });
    const left = passkeys.signIn();
    await asked.promise;
    passkeys.cancel();
    const replaced = passkeys.signIn();
    const last = passkeys.signIn();
    touched.resolve();
    await Promise.all([left, replaced].map((each) => assert.rejects(each, isCancelled)));
    assert.equal((await last).user.username, "ada");
    assert.equal(cancels, 1);
    passkeys.cancel();
    assert.equal(cancels, 1, "no request is under way");
  },
);

onPglite("a finish whose answer is lost is sent again", async (database) => {
  await using app = await startApp({ database });
  let failures = 1;
  const client = newSallyport(app, {
    fetch: async (request) => {
      const isFinish = (await request.clone().text()).includes("registerWithPasskey");
      if (isFinish && failures-- > 0) throw new TypeError("connection reset");
      return await app.fetch(request);
    },
  });
  const { user } = await createPasskeys(client, browserWith(newAuthenticator())).register("ada");
  assert.equal(user.username, "ada");
});

onPglite("a challenge without options for a passkey is a fault of the program", async (database) => {
  await using app = await startApp({ database });
  const client = newSallyport(app);
  const flow = {
    id: "flw_x",
    factors: [],
    attemptsLeft: 5,
    passkeyOptions: null,
    createdAt: "",
    expiresAt: "",
  };
  await assert.rejects(createPasskeys(client, browserWith(newAuthenticator())).verify(flow), TypeError);
});

Deno.test("a program without a browser has no passkeys", () => {
  assert.equal(supportsPasskeys(), false);
});
