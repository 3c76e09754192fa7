import assert from "node:assert/strict";
import { startApp, type TestApp } from "../support/app.ts";
import { onPglite } from "../support/databases.ts";
import {
  addTotp,
  challengeOf,
  factorsOf,
  proveFactor,
  signInFirst,
  startStepUp,
  totpAt,
} from "../support/factors.ts";
import { newPerson, viewerOf } from "../support/people.ts";
import { mount } from "../support/tui.ts";

/** The user ada with an authenticator, which has not signed in yet. */
async function withFactor(app: TestApp) {
  const ada = await newPerson(app, "ada");
  return { ...ada, ...await addTotp(app, ada.accessToken) };
}

onPglite("the factors of a user are shown, and each use of one at once", async (database) => {
  await using app = await startApp({ database });
  const { secret, recoveryCodes } = await withFactor(app);
  await using tui = await mount(app, { start: "users" });
  await tui.shows("Second factors", "Authenticator app  TOTP", "not used yet", "RECOVERY_CODES  10 left");
  const { id } = await challengeOf(app, "ada");
  await proveFactor(app, id, { totp: totpAt(app, secret) });
  await tui.shows(/added .*, used (now|\d+ s ago)/, "PASSWORD TOKENS  MULTI");
  const [recoveryCode = ""] = recoveryCodes;
  await proveFactor(app, (await challengeOf(app, "ada")).id, { recoveryCode });
  await tui.shows("RECOVERY_CODES  9 left");
});

onPglite("M asks, then resets the factors of a user", async (database) => {
  await using app = await startApp({ database });
  const { accessToken } = await withFactor(app);
  await using tui = await mount(app, { start: "users" });
  await tui.shows("Authenticator app  TOTP", "M reset factors");
  await tui.press("M");
  await tui.shows("Remove all second factors of ada? All their sessions end.");
  await tui.press("n");
  await tui.hides("All their sessions end.");
  assert.equal((await factorsOf(app, accessToken)).length, 2);
  await tui.press("M", "y");
  await tui.shows("Removed 2 factors", /Second factors.*\n.*none/);
  assert.equal(await viewerOf(app, accessToken), null);
  assert.equal((await signInFirst(app, "ada")).__typename, "SignedIn");
  await tui.press("M");
  await tui.shows("The user has no second factor");
});

onPglite("the role READ and --read-only cannot reset factors", async (database) => {
  await using app = await startApp({ database });
  await withFactor(app);
  {
    await using tui = await mount(app, { start: "users", role: "READ" });
    await tui.shows("Authenticator app  TOTP");
    await tui.press("M");
    await tui.shows("role OPERATE");
  }
  await using tui = await mount(app, { start: "users", readOnly: true });
  await tui.shows("Authenticator app  TOTP");
  await tui.hides("reset factors");
});

onPglite("a challenge shows what it accepts, and the tries left at once", async (database) => {
  await using app = await startApp({ database });
  const { secret } = await withFactor(app);
  await using tui = await mount(app, { start: "flows" });
  const { id } = await challengeOf(app, "ada");
  await tui.shows(
    /● WAITING +Second factor +ada/,
    "accepts      authenticator app, recovery codes",
    "tries left   5",
  );
  await proveFactor(app, id, { totp: totpAt(app, secret, 40) });
  await tui.shows("tries left   4", "factor_rejected");
  await proveFactor(app, id, { totp: totpAt(app, secret) });
  await tui.shows(/✓ SUCCEEDED +Second factor +ada/);
  await tui.hides("tries left");
});

onPglite("a session shows its assurance, and a step-up at once", async (database) => {
  await using app = await startApp({ database });
  const ada = await newPerson(app, "ada");
  await using tui = await mount(app, { start: "sessions" });
  await tui.shows("assurance    SINGLE  (pwd)");
  const { secret } = await addTotp(app, ada.accessToken);
  const { challenge } = await startStepUp(app, ada.accessToken);
  const answer = await proveFactor(app, challenge.id, { totp: totpAt(app, secret) }, {
    token: ada.accessToken,
  });
  assert.equal(answer.__typename, "SignedIn");
  await tui.shows("assurance    MULTI  (pwd, otp, mfa)", "last proof");
});

onPglite("wrong second factors count in the attack view", async (database) => {
  await using app = await startApp({ database });
  const { secret } = await withFactor(app);
  const { id } = await challengeOf(app, "ada");
  for (let count = 0; count < 3; count++) await proveFactor(app, id, { totp: totpAt(app, secret, 40) });
  await using tui = await mount(app, { start: "attack" });
  await tui.shows(/account +ada +3/, "wrong_code");
});
