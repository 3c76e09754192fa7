import assert from "node:assert/strict";
import { onPglite } from "../../support/databases.ts";
import { startGoogleApp } from "../../support/google.ts";
import {
  goTo,
  JSON_PLEASE,
  newVisitor,
  returnOf,
  START,
  start,
  tryToStart,
} from "../../support/google_flows.ts";
import { newPerson } from "../../support/people.ts";
import { graphqlRequest, post } from "../../support/wire.ts";

onPglite("invalid input is rejected before anything is created", async (database) => {
  await using app = await startGoogleApp({ database, env: { ALLOWED_ORIGINS: "https://app.example" } });
  const { accessToken: token } = await newPerson(app);
  const refused: Record<string, Record<string, unknown>[]> = {
    scopes: [["a b"], [""], ['a"b'], ["é"], ["x".repeat(201)], Array.from({ length: 60 }, (_, i) => `s${i}`)]
      .map((scopes) => ({ scopes })),
    returnTo: [
      "done",
      "//evil.example",
      "/\\evil.example",
      "\\/evil.example",
      "/\t/evil.example",
      "https://evil.example/",
      "https://app.example.evil.example/",
      "https://app.example@evil.example/",
      "https://user@app.example/",
      "http://app.example/",
      "javascript:alert(1)",
      "data:text/html,x",
      " /done",
      "/done\n",
      `/${"x".repeat(2_000)}`,
    ].map((returnTo) => ({ returnTo })),
    redirectUri: [
      { redirectUri: "https://app.example/callback" },
      { redirectUri: "http://127.0.0.1:9/" },
      { mode: "CLI" },
      { mode: "CLI", redirectUri: "http://127.0.0.1:4000/auth/google/callback?x=1" },
      { mode: "CLI", redirectUri: "http://localhost:9/" },
      { mode: "CLI", redirectUri: "https://127.0.0.1:9/" },
      { mode: "CLI", redirectUri: "http://127.0.0.1.evil.example:9/" },
      { mode: "CLI", redirectUri: "http://127.0.0.1:9@evil.example/" },
      { mode: "CLI", redirectUri: "http://127.0.0.1/" },
      { mode: "CLI", redirectUri: "http://10.0.0.1:9/" },
      { mode: "CLI", redirectUri: "http://127.0.0.1:9/", returnTo: "/done" },
    ],
    resume: [{ resume: "x".repeat(32 * 1024 - 1) }, { resume: { deep: ["é".repeat(16 * 1024)] } }],
  };
  for (const [what, inputs] of Object.entries(refused)) {
    for (const input of inputs) {
      const { code, message } = await tryToStart(app, input, { token });
      assert.equal(code, "INVALID_INPUT", `${what} ${JSON.stringify(input).slice(0, 100)}`);
      assert.doesNotMatch(message, /evil/);
    }
  }
  // Too deep to serialise again: rejected as invalid input, not as an internal error.
  for (const depth of [65, 9_000]) {
    const resume = `${"[".repeat(depth)}${"]".repeat(depth)}`;
    const request = graphqlRequest(START, { token, variables: { input: { resume: "deep" } } });
    const body = (await request.text()).replace('"deep"', resume);
    const answer = await app.fetch(
      new Request(request.url, { method: "POST", headers: request.headers, body }),
    );
    const text = await answer.text();
    assert.match(text, /JSON must be at most 64 levels deep/, text.slice(0, 300));
  }
  const { data } = await post(app, "{ flows { nodes { id } } }", { token });
  assert.deepEqual(data?.["flows"], { nodes: [] });
  for (
    const input of [
      { returnTo: "/done?x=1#y" },
      { returnTo: "https://app.example/done" },
      { resume: "x".repeat(32 * 1024 - 2) },
      { redirectUri: "http://127.0.0.1:4000/auth/google/callback" },
      { mode: "CLI", redirectUri: "http://[::1]:9/back" },
    ]
  ) await start(app, { token }, input);
});

onPglite("R30: the browser is redirected to returnTo, here or at an allowed origin", async (database) => {
  await using app = await startGoogleApp({ database, env: { ALLOWED_ORIGINS: "https://app.example" } });
  const visitor = await newVisitor(app);
  const goals = {
    "/done?x=1#y": "http://127.0.0.1:4000/done?x=1#y",
    // Sent unchanged, a browser would read it as another origin.
    "/..//evil.example/": "http://127.0.0.1:4000//evil.example/",
    "https://app.example/done": "https://app.example/done",
  };
  for (const [returnTo, goal] of Object.entries(goals)) {
    const started = await start(visitor, {}, { returnTo });
    const response = await goTo(visitor, await returnOf(started));
    assert.deepEqual([response.status, response.headers.get("location")], [303, goal]);
    assert.equal(response.headers.get("referrer-policy"), "no-referrer");
  }
  const json = await goTo(
    visitor,
    await returnOf(await start(visitor, {}, { returnTo: "/done" })),
    JSON_PLEASE,
  );
  const { flow, returnTo } = await json.json();
  assert.deepEqual([json.status, flow.status, returnTo], [200, "SUCCEEDED", "http://127.0.0.1:4000/done"]);
});
