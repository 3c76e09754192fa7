import assert from "node:assert/strict";
import { eventually } from "../support/eventually.ts";
import { decideAtGoogle } from "../support/google.ts";
import { CALENDAR } from "../support/google_credentials.ts";
import { run, startServer, workspace } from "../support/processes.ts";

Deno.test("`google import` imports a token file into the running server's vault", async () => {
  await using place = await workspace();
  await using server = await startServer("dev", place);
  const google = await eventually(
    "the banner",
    () => /^ +Google: EMULATED at (\S+)$/m.exec(server.out())?.[1],
  );
  const refresh_token = await grantedAt(google);
  const write = (content: unknown) => Deno.writeTextFile(`${place.dir}/token.json`, JSON.stringify(content));
  const bring = () => run(["google", "import", `${place.env["DATA_DIR"]}/token.json`], place.env);

  await write({ ...CLIENT, token: "ya29.old", refresh_token, scopes: [CALENDAR] });
  const { code, out, err } = await bring();
  assert.equal(code, 0, err);
  assert.match(
    out,
    /^The tokens of ada@gmail\.test are stored as crd_\w+ \(HEALTHY\)\nGranted: .*calendar/,
  );
  assert(!out.includes(refresh_token));

  await write({ ...CLIENT, client_id: "other", refresh_token });
  const other = await bring();
  assert.deepEqual([other.code, other.out], [1, ""]);
  assert.match(other.err, /granted to another client/);
  await write({ token: "ya29.old" });
  assert.match((await bring()).err, /it has no refresh token/);
});

/** A refresh token that a program on this machine got from the emulated Google. */
async function grantedAt(google: string): Promise<string> {
  const redirect_uri = "http://127.0.0.1:9/";
  const asked = new URLSearchParams({
    client_id: CLIENT.client_id,
    redirect_uri,
    response_type: "code",
    scope: `openid email ${CALENDAR}`,
    access_type: "offline",
  });
  const back = await decideAtGoogle(`${google}/o/oauth2/v2/auth?${asked}`, { email: "ada@gmail.test" });
  const code = back.searchParams.get("code") ?? "";
  const body = new URLSearchParams({ ...CLIENT, code, redirect_uri, grant_type: "authorization_code" });
  const answer = await fetch(`${google}/token`, { method: "POST", body });
  return ((await answer.json()) as { refresh_token: string }).refresh_token;
}

const CLIENT = {
  client_id: "1234567890-emulated.apps.googleusercontent.com",
  client_secret: "GOCSPX-emulated-emulated-emulated",
};
