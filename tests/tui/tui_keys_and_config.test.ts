import assert from "node:assert/strict";
import { VARIABLES } from "../../src/config.ts";
import { startApp } from "../support/app.ts";
import { onPglite } from "../support/databases.ts";
import { KEYS, mount } from "../support/tui.ts";
import { post } from "../support/wire.ts";

const SECRETS = {
  SMTP_URL: "smtps://mailer:hunter2-mail@127.0.0.1:465",
  GOOGLE_CLIENT_ID: "client.apps.googleusercontent.com",
  GOOGLE_CLIENT_SECRET: "hunter2-google",
  SALLYPORT_SECRET_PREVIOUS: "ab".repeat(32),
};

type Variable = { name: string; about: string; isSet: boolean; value: string | null; isSecret: boolean };

onPglite("operators read every variable, and no secret", async (database) => {
  await using app = await startApp({ database, env: { ...SECRETS, ALLOWED_ORIGINS: "https://a.test" } });
  const { data, text } = await post(app, "{ configuration { name about isSet value isSecret } }", {
    token: await app.operatorToken("READ"),
  });
  assert.doesNotMatch(text, /hunter2|abab/);
  const variables = data?.["configuration"] as Variable[];
  assert.deepEqual(variables.map(({ name }) => name), Object.keys(VARIABLES));
  const shown = (name: string) => {
    const { isSet, value, isSecret } = variables.find((each) => each.name === name) ?? {};
    return [isSet, value, isSecret];
  };
  assert.deepEqual(shown("SMTP_URL"), [true, null, true]);
  assert.deepEqual(shown("GOOGLE_CLIENT_SECRET"), [true, null, true]);
  assert.deepEqual(shown("SALLYPORT_SECRET_PREVIOUS"), [true, null, true]);
  assert.deepEqual(shown("ALLOWED_ORIGINS"), [true, "https://a.test", false]);
  assert.deepEqual(shown("SESSION_DAYS"), [false, "180", false]);
  assert.deepEqual(shown("PUBLIC_URL"), [false, null, false]);
});

onPglite(":config shows what is set first, and hides secrets", async (database) => {
  await using app = await startApp({ database, env: { ...SECRETS, SESSIONS_PER_USER: "7" } });
  await using tui = await mount(app);
  await tui.press(":", ..."config", KEYS.enter);
  await tui.shows("Configuration", /SMTP_URL +\(secret\)/, /SESSIONS_PER_USER +7/, "Set in the environment");
  await tui.press("/", ..."SESSION_DAYS");
  await tui.shows("1 of 1", /SESSION_DAYS +180/, "Not set: this is the default");
  assert.doesNotMatch(tui.written(), /hunter2/);
});

onPglite(":keys shows which key signs, and N publishes the next one", async (database) => {
  await using app = await startApp({ database });
  await using tui = await mount(app);
  await tui.press(":", ..."keys", KEYS.enter);
  await tui.shows("Signing keys", "✓ SIGNS", "EdDSA");
  await tui.press("N");
  await tui.shows("Publish a new signing key of each algorithm?");
  await tui.press("y");
  await tui.shows("A new key is published and signs from", "○ WAITS");
  app.clock.advance(6 * 60);
  await tui.press("r");
  await tui.shows(/✓ SIGNS[^]*VERIFIES/);
});

onPglite("a READ operator sees the keys and cannot rotate them", async (database) => {
  await using app = await startApp({ database });
  await using tui = await mount(app, { role: "READ" });
  await tui.press(":", ..."keys", KEYS.enter);
  await tui.shows("✓ SIGNS");
  await tui.press("N");
  await tui.shows("This needs an operator token with the role OPERATE");
});
