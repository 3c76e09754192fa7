import assert from "node:assert/strict";
import { eventually } from "../support/eventually.ts";
import { newServerPlace, startServer } from "../support/server_process.ts";
import { START } from "../support/google_flows.ts";

const HOSTS: [env: Record<string, string>, expected: RegExp[]][] = [
  [{ PUBLIC_URL: "https://example.com", ALLOWED_ORIGINS: "https://app.example.com" }, []],
  [{ PUBLIC_URL: "http://localhost:4000" }, []],
  [{ PUBLIC_URL: "http://example.com" }, [/Browsers refuse passkeys at http:\/\/example\.com, .* not HTTPS/]],
  [{ PUBLIC_URL: "https://192.0.2.7" }, [/Passkeys need a domain name, .* the address 192\.0\.2\.7\./]],
  [
    { PUBLIC_URL: "http://192.0.2.7", ALLOWED_ORIGINS: "http://app.example.com" },
    [
      /a domain name/,
      /at http:\/\/192\.0\.2\.7,/,
      /at http:\/\/app\.example\.com,/,
      /related origin requests/,
    ],
  ],
];

Deno.test("a start warns of a PUBLIC_URL and of origins where browsers refuse passkeys, once each", async () => {
  await using place = await newServerPlace();
  for (const [env, expected] of HOSTS) {
    await using server = await startServer(place.folder, { ...place.env, ...env });
    await eventually("the server reports that it serves", () => server.output().includes("Serving at"));
    const lines = server.output().split("\n").filter((line) => /passkeys/i.test(line));
    assert.equal(lines.length, expected.length, `${env["PUBLIC_URL"]}: ${lines.join("\n")}`);
    lines.forEach((line, index) => {
      const { level, message } = JSON.parse(line);
      assert.equal(level, "WARN");
      assert.match(message, expected[index] ?? /never/);
    });
  }
});

Deno.test("in development, pages and redirects are at localhost, where passkeys work", async () => {
  await using place = await newServerPlace();
  const { folder, env } = place;
  await using server = await startServer(folder, env, "--development", "--emulate", "google,mail");
  const page = await eventually("the banner", () => /^ {2}Sign in +(\S+)\/$/m.exec(server.output())?.[1]);
  assert.equal(page, server.url.replace("127.0.0.1", "localhost"));
  const shown = await fetch(page);
  assert.match(await shown.text(), /<title>/);
  assert.doesNotMatch(server.output(), /refuse passkeys|need a domain name/);
  const token = (await Deno.readTextFile(`${folder}/operator-token`)).trim();
  const response = await fetch(`${server.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: START, variables: { input: {} } }),
  });
  const { data } = await response.json();
  assert.equal(data.startGoogleAuthorization.flow.redirectUri, `${page}/auth/google/callback`);
});
