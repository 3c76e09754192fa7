import assert from "node:assert/strict";
import { withAsciiDomain } from "../../src/platform/mail/ascii_domain.ts";
import { parseSmtpUrl } from "../../src/platform/mail/smtp_url.ts";
import { startApp } from "../support/app.ts";
import { startAsciiMailServer } from "../support/ascii_mail_server.ts";
import { mailedCode, requestCode, verifyCode } from "../support/codes.ts";
import { onPostgres } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import { startGoogleApp } from "../support/google.ts";
import { signInWithGoogle } from "../support/google_sign_in.ts";
import { mutate, newName, PASSWORD, register, signIn } from "../support/people.ts";
import { argon2idHash } from "../support/imported_users.ts";
import { post } from "../support/wire.ts";

onPostgres("a mail from and to international domains is ASCII in every byte", async (database) => {
  await using server = startAsciiMailServer();
  const env = { SMTP_URL: server.url, MAIL_FROM: "Äuth <auth@müller.example>" };
  await using app = await startApp({ database, env });
  assert.equal((await requestCode(app, "ada@bücher.example")).__typename, "EmailCodeSent");
  await eventually("the mail is taken", () => server.taken === 1);
  const said = server.lines.join("\n");
  assert.match(said, /^[\0-\x7f]*$/);
  for (
    const line of [
      /^EHLO xn--mller-kva\.example$/m,
      /^MAIL FROM:<auth@xn--mller-kva\.example>$/m,
      /^RCPT TO:<ada@xn--bcher-kva\.example>$/m,
      /^From: \S+ <auth@xn--mller-kva\.example>$/m,
      /^To: ada@xn--bcher-kva\.example$/m,
      /^Message-ID: <mal_\w+@xn--mller-kva\.example>$/m,
    ]
  ) assert.match(said, line);
});

/** The same domain: composed, decomposed, in capitals, in full width, with the stop of CJK, and as it is stored. */
const SPELLINGS = [
  "ada@müller.example",
  "ada@mu\u0308ller.example",
  "ADA@MÜLLER.Example",
  "ada@müller.ｅｘａｍｐｌｅ",
  "ada@müller。example",
  "ada@XN--MLLER-KVA.example",
];

const STORED = "ada@xn--mller-kva.example";

const IMPORT = `mutation ($users: [ImportUserInput!]!) { importUsers(users: $users) {
  __typename ... on UsersImported { added existing bad { index reason } } } }`;

onPostgres("every spelling of an international domain is one address", async (database) => {
  await using app = await startApp({ database });
  const token = await app.operatorToken("REVEAL");
  const users = SPELLINGS.map((email) => ({ email, emailVerified: true, passwordHash: argon2idHash }));
  const answer = await mutate<{ added: number[]; existing: number[] }>(app, IMPORT, {
    token,
    variables: { users },
  });
  assert.deepEqual([answer.added, answer.existing], [[0], [1, 2, 3, 4, 5]]);
  const ids = new Set<string>();
  for (const spelling of SPELLINGS) {
    const { user } = await signIn(app, spelling);
    assert.ok(user, `${spelling} signs in with the password`);
    ids.add(user.id);
    const search = "query ($search: String) { users(search: $search) { nodes { id email } } }";
    const { data, text } = await post(app, search, { token, variables: { search: spelling } });
    assert.deepEqual(data?.["users"], { nodes: [{ id: user.id, email: STORED }] }, text);
  }
  const [spelling = ""] = SPELLINGS;
  const { flow } = await requestCode(app, spelling);
  assert.equal(flow.email, STORED);
  // The emulated server shows the domain of the envelope in its own script again.
  const { user } = await verifyCode(app, flow.id, await mailedCode(app, spelling));
  assert.deepEqual([...ids], [user.id], "and it is the same user by mail");
  const own = { username: newName(), email: "eve@müller.example", password: "EVE@MÜLLER.example" };
  assert.equal((await register(app, own)).code, "WEAK_PASSWORD");
});

onPostgres("letters beyond ASCII before the @ are refused, and the answer says so", async (database) => {
  await using app = await startGoogleApp({ database });
  const email = "ädä@example.test";
  const refusal = /before the @ it has letters beyond ASCII/;
  for (const answer of [await requestCode(app, email), await register(app, { email, password: PASSWORD })]) {
    assert.equal(answer.code, "INVALID_INPUT");
    assert.match(JSON.stringify(answer), refusal);
  }
  const token = await app.operatorToken("REVEAL");
  const { bad } = await mutate<{ bad: { reason: string }[] }>(app, IMPORT, {
    token,
    variables: { users: [{ email }] },
  });
  assert.match(bad[0]?.reason ?? "", refusal);
  const google = await signInWithGoogle(app, { email, name: "Ada" });
  assert.deepEqual(
    [google.user.email, google.user.methods],
    [null, ["GOOGLE"]],
    "such a user has no address",
  );
  const idn = await signInWithGoogle(app, { email: "eve@müller.example", name: "Eve" });
  assert.equal(idn.user.email, "eve@xn--mller-kva.example");
});

Deno.test("a domain that has no ASCII form stays, and so does what is too long to convert", () => {
  for (const domain of ["xn--a.ü.de", "a\u200db.de", "\ud800.de", "", "ü".repeat(254)]) {
    assert.equal(withAsciiDomain(`ada@${domain}`), `ada@${domain}`);
  }
  assert.equal(withAsciiDomain("ü"), "ü");
});

Deno.test("the host of a mail server is in its one canonical form, or refused", () => {
  const hosts = {
    "müller.example": "xn--mller-kva.example",
    "M%C3%BCller.Example": "xn--mller-kva.example",
    "LOCALHOST": "localhost",
    "127.1": "127.0.0.1",
    "[::0:1]": "::1",
  };
  for (const [written, host] of Object.entries(hosts)) {
    assert.equal(parseSmtpUrl(`smtp://${written}:1025`)?.host, host);
  }
  assert.equal(parseSmtpUrl("smtp://LOCALHOST")?.tls, "none", "it is this machine in any spelling");
  for (const wrong of ["a%20b", "a%2fb", "999.1.1.1", "xn--a.de"]) {
    assert.equal(parseSmtpUrl(`smtp://${wrong}`), undefined, wrong);
  }
});
