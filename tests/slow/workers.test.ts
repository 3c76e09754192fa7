import assert from "node:assert/strict";
import { print } from "graphql";
import { graphql } from "../../src/client/operator/graphql.ts";
import { eventually, times, within } from "../support/eventually.ts";
import { newServerPlace, runCommand, startServer, temporaryFolder } from "../support/server_process.ts";

const AskServer = graphql(`query AskServer { server { instanceId } }`);
const Register = graphql(`mutation RegisterAtWorkers($input: RegisterInput!) {
  register(input: $input) { __typename ... on AuthError { message } }
}`);
const SignIn = graphql(`mutation SignInAtWorkers($input: SignInWithPasswordInput!) {
  signInWithPassword(input: $input) { __typename ... on SignedIn { user { username } } }
}`);

/** R49: requests get ten seconds, and the rest of the shutdown five more. */
const STOP_SECONDS = 15;

for (const ports of ["one port", "two ports"] as const) {
  Deno.test(`two workers share ${ports}, and SIGTERM stops both with exit code 0`, async () => {
    await using place = await newServerPlace();
    const env = { ...place.env, ...(ports === "two ports" && { WEBSOCKET_PORT: "0" }) };
    await using server = await startServer(place.folder, env, "--workers", "2");
    const ask = async (query: string, variables = {}) => {
      // Each request on its own connection, because the system distributes connections.
      const answer = await fetch(`${server.url}/graphql`, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          authorization: `Bearer ${place.token}`,
          connection: "close",
        },
        body: JSON.stringify({ query, variables }),
      });
      return (await answer.json()).data;
    };
    const instances = new Set<string>();
    await eventually("both workers answer", async () => {
      instances.add((await ask(print(AskServer))).server.instanceId);
      return instances.size === 2;
    });

    const password = "Wl4-quiet-Harbour-91";
    const people = await times(6, async (index) => {
      const username = `worker${index}`;
      const { register } = await ask(print(Register), { input: { username, password } });
      assert.equal(register.__typename, "Registered");
      return username;
    });
    for (const identifier of people) {
      const { signInWithPassword } = await ask(print(SignIn), { input: { identifier, password } });
      assert.equal(signInWithPassword.user.username, identifier);
    }
    await times(6, async () => assert.equal(await metric(server.url, place.token, "sign_ins_total"), 6));

    server.signal("SIGTERM");
    assert.equal(await within("the server ends", server.ended, STOP_SECONDS), 0);
    assert.equal(server.output().match(/"message":"Serving at/g)?.length, 1);
    assert.match(server.output(), /"message":"Stopped"/);
    assert.doesNotMatch(server.output(), /"level":"(WARN|WARNING|ERROR|FATAL)"/);
  });
}

/** Reads a metric; each read reaches one of the workers. */
async function metric(url: string, token: string, name: string): Promise<number> {
  const headers = { authorization: `Bearer ${token}`, connection: "close" };
  const text = await (await fetch(`${url}/metrics`, { headers })).text();
  return Number(new RegExp(`^sallyport_${name} (.*)$`, "m").exec(text)?.[1]);
}

Deno.test("workers are refused without Postgres, with emulators, and on a port in use", async () => {
  await using folder = await temporaryFolder();
  const without = await runCommand(["serve", "--workers", "2"], folder.path);
  assert.deepEqual(without, {
    code: 1,
    output: "--workers needs Postgres. Set DATABASE_URL, or leave out --workers\n",
  });
  const emulating = await runCommand(["serve", "--workers", "2", "--emulate", "mail"], folder.path);
  assert.equal(emulating.output, "--workers cannot be combined with --development or --emulate\n");
  const many = await runCommand(["serve", "--workers", "65"], folder.path);
  assert.match(many.output, /It must be 1 to 64\./);
  assert.equal(many.code, 2);

  await using place = await newServerPlace();
  await using first = await startServer(place.folder, place.env);
  const port = new URL(first.url).port;
  const second = await runCommand(["serve", "--workers", "2"], folder.path, { ...place.env, PORT: port });
  assert.equal(second.code, 1);
  assert.match(second.output, new RegExp(`^Cannot listen on 127.0.0.1, port ${port}: .*in use`));
});

Deno.test("workers that cannot start print one reason and end", async () => {
  await using place = await newServerPlace();
  const env = { ...place.env, SALLYPORT_SECRET: "7b".repeat(32) };
  await using first = await startServer(place.folder, place.env);
  await first.kill();
  const { code, output } = await runCommand(["serve", "--workers", "2"], place.folder, env);
  assert.equal(code, 1);
  assert.equal(output.trim().split("\n").filter((line) => !line.startsWith("{")).length, 1, output);
});
