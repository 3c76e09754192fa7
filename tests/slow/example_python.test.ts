import assert from "node:assert/strict";
import { startApp } from "../support/app.ts";
import { guest } from "../support/codes.ts";
import { onPostgres } from "../support/databases.ts";
import { startProgram } from "../support/examples.ts";
import { newPerson } from "../support/people.ts";
import { portOutsideEphemeral } from "../support/ports.ts";
import { serve } from "../support/serve.ts";

/** Debian's Python, which has the packages python3-jwt and python3-cryptography. */
const PYTHON = "/usr/bin/python3";

const hasPyJwt = await new Deno.Command(PYTHON, { args: ["-c", "import jwt, cryptography"] }).output()
  .then(({ success }) => success, () => false);

const INVALID = 'Bearer error="invalid_token"';

for (const ACCESS_TOKEN_ALGORITHM of ["EdDSA", "ES256"]) {
  const name = `example python-service: it answers signed-in users only, with ${ACCESS_TOKEN_ALGORITHM}`;
  if (!hasPyJwt) {
    Deno.test.ignore(name, () => {});
    continue;
  }
  onPostgres(name, async (database) => {
    await using app = await startApp({ database, env: { ACCESS_TOKEN_ALGORITHM } });
    await using server = serve(app);
    const port = portOutsideEphemeral();
    const url = `http://127.0.0.1:${port}`;
    const env = { SALLYPORT_URL: server.url, PORT: `${port}` };
    await using _service = await startProgram(PYTHON, ["python-service/service.py"], url, { env });
    const ask = async (token?: string) => {
      const response = await fetch(url, { headers: token ? { authorization: `Bearer ${token}` } : {} });
      return [response.status, response.headers.get("www-authenticate"), await response.json()];
    };
    const ada = await newPerson(app);
    const { tokens } = await guest(app);
    assert.deepEqual(await ask(ada.accessToken), [200, null, { hello: ada.id }]);
    assert.deepEqual(await ask(), [401, "Bearer", { error: "No access token" }]);
    assert.deepEqual(await ask(tokens.accessToken), [401, INVALID, { error: "Guests are not accepted" }]);
    assert.deepEqual((await ask(ada.refreshToken)).slice(0, 2), [401, INVALID]);
    assert.deepEqual((await ask(`${ada.accessToken.slice(0, -4)}AAAA`)).slice(0, 2), [401, INVALID]);
    app.clock.advance(-16 * 60);
    const { accessToken } = await newPerson(app);
    assert.deepEqual((await ask(accessToken)).slice(0, 2), [401, INVALID], "expired");
  });
}
