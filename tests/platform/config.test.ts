import assert from "node:assert/strict";
import { limitsOf } from "../../src/wiring/settings.ts";
import { ALL_LIMITS } from "../../src/wiring/limits.ts";
import { readConfig, VARIABLES } from "../../src/config.ts";
import { ConfigProblems } from "../../src/platform/config/problems.ts";

const read = (env: Record<string, string>) => readConfig((name) => env[name]);

/** The problems of an environment; none when it can be read. */
function problems(env: Record<string, string>): readonly string[] {
  try {
    read(env);
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigProblems);
    return error.problems;
  }
}

const SECRET = "0123456789abcdef".repeat(4);

Deno.test("every variable that needs a default has one", () => {
  assert.deepEqual(read({}), {
    HOST: "127.0.0.1",
    PORT: 4000,
    DATA_DIR: ".data",
    DATABASE_CONNECTIONS: 10,
    ALLOWED_ORIGINS: [],
    ALLOWED_HEADERS: [],
    TRUSTED_PROXIES: [],
    MODAL_SERVER_URL: "https://api.modal.com",
    MODAL_POLL_SECONDS: 40,
    MODAL_MAX_ATTEMPTS: 10,
    MODAL_FLOW_MINUTES: 60,
    VAULT_SWEEP_CRON: "0 */6 * * *",
    VAULT_REFRESH_HORIZON_HOURS: 24,
    ACCESS_TOKEN_MINUTES: 15,
    ACCESS_TOKEN_ALGORITHM: "EdDSA",
    ACCESS_TOKEN_CLIENT_ID: "sallyport",
    SESSION_DAYS: 180,
    SESSION_IDLE_DAYS: 30,
    SESSION_COOKIE_DAYS: 7,
    SESSIONS_PER_USER: 200,
    SIGNING_KEY_DAYS: 90,
    PASSWORD_MIN_CHARACTERS: 8,
    EMAIL_CODE_MINUTES: 10,
    GUEST_DAYS: 30,
    STATE_REQUIREMENTS: {
      VISITOR: [],
      AUTH: ["signed_in", "not_a_guest"],
      PAYMENT: ["signed_in", "not_a_guest", "verified_email"],
    },
    VERIFICATION_LINK_HOURS: 24,
    RESET_LINK_MINUTES: 60,
    EVENT_DAYS: 0,
    REFUSAL_DAYS: 90,
    LIMIT_PASSKEY_SIGN_UPS_PER_ADDRESS_HOUR: 200,
    LIMIT_PASSWORDS_PER_ACCOUNT_15_MINUTES: 10,
    LIMIT_PASSWORDS_PER_KNOWN_ADDRESS_15_MINUTES: 10,
    LIMIT_PASSWORDS_PER_ADDRESS_15_MINUTES: 100,
    LIMIT_REGISTRATIONS_PER_ADDRESS_HOUR: 200,
    LIMIT_LINKS_PER_ADDRESS_HOUR: 60,
    LIMIT_STATES_PER_ADDRESS_HOUR: 60,
    LIMIT_FACTOR_TRIES_PER_ACCOUNT_HOUR: 10,
    LIMIT_FACTOR_TRIES_PER_KNOWN_ADDRESS_HOUR: 10,
    LIMIT_GOOGLE_CONNECTIONS_PER_USER_HOUR: 100,
    LIMIT_MODAL_FLOWS_PER_USER_HOUR: 100,
    LIMIT_MAILS_PER_RECIPIENT_DAY: 10,
    LIMIT_MAILS_PER_KNOWN_ADDRESS_DAY: 5,
    LIMIT_CODES_PER_MINUTE: 1,
    LIMIT_CODE_TRIES_PER_ACCOUNT_HOUR: 20,
    LIMIT_CODE_TRIES_PER_KNOWN_ADDRESS_HOUR: 10,
    LIMIT_GOOGLE_TOKENS_PER_ADDRESS_HOUR: 100,
    LIMIT_GUESTS_PER_ADDRESS_HOUR: 30,
    LIMIT_MAILS_PER_ADDRESS_HOUR: 60,
    LIMIT_SIGN_INS_PER_ACCOUNT_HOUR: 600,
    LIMIT_SIGN_INS_PER_ADDRESS_HOUR: 600,
    LIMIT_REFRESHES_PER_SESSION_HOUR: 600,
    LIMIT_REPEATS_PER_SESSION_HOUR: 10_000,
    LIMIT_WRITES_PER_USER_HOUR: 600,
    LIMIT_WRITES_PER_OPERATOR_HOUR: 10_000,
    LIMIT_WRITES_PER_ADDRESS_HOUR: 60_000,
    LIMIT_REQUESTS_PER_API_KEY_HOUR: 36_000,
    LIMIT_ACCESSES_PER_USER_HOUR: 36_000,
    LIMIT_SUBSCRIPTIONS_PER_USER_HOUR: 3_600,
    LIMIT_SUBSCRIPTIONS_PER_ADDRESS_HOUR: 36_000,
    LOG_LEVEL: "info",
    LOG_FORMAT: "json",
  });
  const empty = Object.fromEntries(Object.keys(VARIABLES).map((name) => [name, ""]));
  assert.deepEqual(read(empty), read({}), "an empty variable is an unset one");
});

Deno.test("each limit is configured by one variable", () => {
  const config = { ...read({}), LIMIT_GUESTS_PER_ADDRESS_HOUR: 7 };
  const limits = limitsOf(config);
  assert.equal(new Set(ALL_LIMITS.map(({ name }) => name)).size, ALL_LIMITS.length);
  assert.equal(new Set(ALL_LIMITS.map(({ variable }) => variable)).size, ALL_LIMITS.length);
  for (const { name, most } of ALL_LIMITS) {
    assert.equal(limits[name], name === "guestPerAddress" ? 7 : most, name);
  }
});

Deno.test("HOST is a name or an address, in canonical form", () => {
  for (
    const [HOST, host] of [
      ["[::1]", "::1"],
      ["0:0:0:0:0:0:0:0", "::"],
      ["2001:DB8::0:1", "2001:db8::1"],
      ["::ffff:127.0.0.1", "127.0.0.1"],
      ["0.0.0.0", "0.0.0.0"],
      ["localhost", "localhost"],
    ] as const
  ) assert.equal(read({ HOST }).HOST, host);
  for (
    const HOST of ["[::1", ":::", "::1:4000:x", "[localhost]", "localhost:4000", "256.1.1.1", "fe80::1%eth0"]
  ) {
    assert.deepEqual(problems({ HOST }), ["HOST must be an address or a host name"], HOST);
  }
});

Deno.test("every problem is reported at once, each by its variable's name", () => {
  const wrong = {
    HOST: "a b",
    PORT: "65536",
    PUBLIC_URL: "https://example.com/auth",
    DATABASE_URL: "mysql://localhost/x",
    DATABASE_CONNECTIONS: "1",
    SALLYPORT_SECRET: "short",
    SALLYPORT_SECRET_PREVIOUS: "short",
    ALLOWED_ORIGINS: "https://a.test, *",
    TRUSTED_PROXIES: "10.0.0.1, proxy.internal",
    MODAL_SERVER_URL: "api.modal.com",
    MODAL_POLL_SECONDS: "0",
    MODAL_MAX_ATTEMPTS: "1.5",
    MODAL_FLOW_MINUTES: "-1",
    SMTP_URL: "mail.example.com",
    MAIL_FROM: "Sally",
    VAULT_SWEEP_CRON: "often",
    STATE_REQUIREMENTS: "RICH=money",
    LOG_LEVEL: "loud",
    LOG_FORMAT: "xml",
  };
  assert.deepEqual(problems(wrong).map((problem) => problem.split(" ")[0]), Object.keys(wrong));
  try {
    read(wrong);
  } catch (error) {
    assert.equal((error as Error).message.trim().split("\n").length, 1 + Object.keys(wrong).length);
  }
});

Deno.test("numbers are whole, in plain decimal digits, and within their bounds", () => {
  for (const PORT of ["0", "65535"]) assert.deepEqual(problems({ PORT }), []);
  for (const PORT of ["1e3", "0x10", " 1", "+1", "1_000", "٣", "NaN"]) {
    assert.equal(problems({ PORT }).length, 1, PORT);
  }
});

Deno.test("origins and proxies are lists, in their canonical form", () => {
  const { ALLOWED_ORIGINS, TRUSTED_PROXIES, PUBLIC_URL } = read({
    ALLOWED_ORIGINS: " https://A.test:443 ,http://localhost:3000,",
    TRUSTED_PROXIES: "10.0.0.1,0:0::1,::FFFF:10.0.0.2,[2001:DB8::1],172.16.0.0/012,2001:DB8:0::/32",
    PUBLIC_URL: "https://auth.example.com/",
  });
  assert.deepEqual(ALLOWED_ORIGINS, ["https://a.test", "http://localhost:3000"]);
  assert.deepEqual(TRUSTED_PROXIES, [
    "10.0.0.1",
    "::1",
    "10.0.0.2",
    "2001:db8::1",
    "172.16.0.0/12",
    "2001:db8::/32",
  ]);
  for (
    const TRUSTED_PROXIES of [
      "abc",
      "10.0.0",
      "256.1.1.1",
      "010.0.0.1",
      "1.2.3.4.",
      ":",
      "::x",
      "10.0.0.0/33",
      "10.0.0.0/",
      "10.0.0.0/8/8",
      "10.0.0.0/-1",
      "::/129",
      "::ffff:10.0.0.0/24",
      "proxy.internal/8",
    ]
  ) {
    assert.deepEqual(
      problems({ TRUSTED_PROXIES }),
      ["TRUSTED_PROXIES must be IP addresses or ranges like 10.0.0.0/8"],
      TRUSTED_PROXIES,
    );
  }
  assert.equal(PUBLIC_URL, "https://auth.example.com");
  for (
    const PUBLIC_URL of ["auth.example.com", "//x", "ftp://x", "https://u@x", "https://x/?a", "https://x/#a"]
  ) {
    assert.equal(problems({ PUBLIC_URL }).length, 1, PUBLIC_URL);
  }
});

Deno.test("an origin is exactly one host: no pattern, and no text that would add to a header", () => {
  // They go into `frame-ancestors`, where a browser takes a star for every page of a domain.
  for (const host of ["*", "*.example.com", "a;b.com", "a'b.com"]) {
    assert.equal(problems({ ALLOWED_ORIGINS: `https://${host}` }).length, 1, host);
  }
  const origins = "https://my_app.example.com,http://[::1]:3000,https://xn--bcher-kva.example";
  assert.deepEqual(read({ ALLOWED_ORIGINS: origins }).ALLOWED_ORIGINS, origins.split(","));
});

Deno.test("STATE_REQUIREMENTS lists the requirements of each state, and the error for a wrong name lists the right ones", () => {
  const of = (STATE_REQUIREMENTS: string) => read({ STATE_REQUIREMENTS }).STATE_REQUIREMENTS;
  const account = ["signed_in", "not_a_guest"];
  assert.deepEqual(of(" PAYMENT = username , verified_email,username ;AUTH=password; "), {
    VISITOR: [],
    AUTH: [...account, "password"],
    PAYMENT: [...account, "username", "verified_email"],
  });
  for (const none of ["PAYMENT=", ";", "AUTH=signed_in"]) {
    assert.deepEqual(of(none), { VISITOR: [], AUTH: account, PAYMENT: account }, none);
  }
  const wrong = [
    "VISITOR=username",
    "payment=username",
    "AUTH",
    "AUTH=username;AUTH=password",
    "PAYMENT=rich",
    "x",
  ];
  for (const STATE_REQUIREMENTS of [...wrong, "AUTH=toString", "AUTH=username password"]) {
    const [problem = "none"] = problems({ STATE_REQUIREMENTS });
    assert.match(
      problem,
      /^STATE_REQUIREMENTS .*username, password, second_factor, phishing_resistant$/,
    );
  }
});

Deno.test("a server URL without a scheme is refused", () => {
  for (const MODAL_SERVER_URL of ["api.modal.com", "api.modal.com:443", "localhost:8080", "ftp://x"]) {
    assert.match(problems({ MODAL_SERVER_URL })[0] ?? "", /^MODAL_SERVER_URL .*http/);
  }
  assert.equal(
    read({ MODAL_SERVER_URL: "http://localhost:8080/" }).MODAL_SERVER_URL,
    "http://localhost:8080",
  );
});

Deno.test("with Postgres the root secret must be given, in either of its forms", () => {
  const DATABASE_URL = "postgres://sally:hunter2@localhost/x";
  assert.match(problems({ DATABASE_URL })[0] ?? "", /^SALLYPORT_SECRET must be set with DATABASE_URL/);
  const bytes = Uint8Array.fromHex(SECRET);
  for (const SALLYPORT_SECRET of [SECRET, bytes.toBase64(), bytes.toBase64({ alphabet: "base64url" })]) {
    assert.deepEqual(read({ DATABASE_URL, SALLYPORT_SECRET }).SALLYPORT_SECRET?.reveal(), bytes);
  }
});

Deno.test("a database URL names one server or several, and only target_session_attrs that can work", () => {
  const valid = [
    "postgres://sally:hunter2@one:5432,two:5433/x?target_session_attrs=read-write",
    "postgresql://sally:hun@ter2@[::1]:5432,two/x?target_session_attrs=any",
    "postgres://%2Fvar%2Frun%2Fpostgresql/x",
  ];
  for (const DATABASE_URL of valid) {
    assert.equal(read({ DATABASE_URL, SALLYPORT_SECRET: SECRET }).DATABASE_URL?.reveal(), DATABASE_URL);
  }
  const invalid = {
    "postgres://sally:hunter2@one,,two/x": /^DATABASE_URL must be a URL like/,
    "postgres://sally:hunter2@one:x,two/x": /^DATABASE_URL must be a URL like/,
    "postgres://sally:hunter2@one,two/x?target_session_attrs=standby": /^DATABASE_URL must have a target_/,
  };
  for (const [DATABASE_URL, message] of Object.entries(invalid)) {
    const [problem = ""] = problems({ DATABASE_URL, SALLYPORT_SECRET: SECRET });
    assert.match(problem, message);
    assert.doesNotMatch(problem, /hunter2/);
  }
});

Deno.test("a mail server needs a sender, and its password is not shown", () => {
  const SMTP_URL = "smtps://sally:hunter2@mail.example.com";
  assert.match(problems({ SMTP_URL })[0] ?? "", /^MAIL_FROM must be set with SMTP_URL/);
  const config = read({ SMTP_URL, MAIL_FROM: "Sally Port <auth@example.com>" });
  assert.deepEqual(config.MAIL_FROM, { name: "Sally Port", address: "auth@example.com" });
  assert.doesNotMatch(Deno.inspect(config) + JSON.stringify(config), /hunter2/);
  assert.equal(config.SMTP_URL?.reveal(), SMTP_URL);
  assert.equal(problems({ MAIL_FROM: "auth@example.com\r\nBcc: eve@example.com" }).length, 1);
  assert.match(
    problems({ MAIL_FROM: "Auth <äuth@example.com>" })[0] ?? "",
    /^MAIL_FROM must be .* ASCII alone before/,
  );
});

Deno.test("Google's client is set by id and secret or by its file, and the secret is not shown", async () => {
  const [GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET] = ["web.example, phone.example,", "hunter2"];
  const config = read({ GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET });
  assert.deepEqual(config.GOOGLE_CLIENT_ID, ["web.example", "phone.example"]);
  assert.doesNotMatch(Deno.inspect(config) + JSON.stringify(config), /hunter2/);
  assert.match(problems({ GOOGLE_CLIENT_ID })[0] ?? "", /^GOOGLE_CLIENT_SECRET must be set/);
  assert.match(problems({ GOOGLE_CLIENT_SECRET })[0] ?? "", /^GOOGLE_CLIENT_ID must be set/);
  assert.match(
    problems({ GOOGLE_CLIENT_ID: ", ,", GOOGLE_CLIENT_SECRET })[0] ?? "",
    /^GOOGLE_CLIENT_ID must be/,
  );
  const folder = await Deno.makeTempDir();
  await using _gone = { [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }) };
  const file = `${folder}/client.json`;
  const client = { client_id: "web.example", project_id: "x", client_secret: "hunter2" };
  for (const kind of ["web", "installed"]) {
    await Deno.writeTextFile(file, JSON.stringify({ [kind]: client }));
    const { GOOGLE_CREDENTIALS_FILE: found } = read({ GOOGLE_CREDENTIALS_FILE: file });
    assert.deepEqual([found?.clientId, found?.clientSecret.reveal()], ["web.example", "hunter2"]);
    assert.doesNotMatch(Deno.inspect(found), /hunter2/);
  }
  assert.match(
    problems({ GOOGLE_CREDENTIALS_FILE: file, GOOGLE_CLIENT_ID })[0] ?? "",
    /^GOOGLE_CREDENTIALS_FILE must not/,
  );
  const wrong = [
    "",
    "{",
    "null",
    "[]",
    "{}",
    '{"web":7}',
    '{"web":{"client_id":"hunter2"}}',
    '{"type":"service_account"}',
  ];
  for (const text of wrong) {
    await Deno.writeTextFile(file, text);
    const [problem = "", ...more] = problems({ GOOGLE_CREDENTIALS_FILE: file });
    assert.match(problem, /^GOOGLE_CREDENTIALS_FILE must be the client file of Google's console/, text);
    assert.deepEqual(more, []);
    assert.doesNotMatch(problem, /hunter2/);
  }
  assert.match(
    problems({ GOOGLE_CREDENTIALS_FILE: `${folder}/none.json` })[0] ?? "",
    /there is none of that name/,
  );
  assert.match(
    problems({ GOOGLE_CREDENTIALS_FILE: folder })[0] ?? "",
    /must be a file that the server can read/,
  );
});

Deno.test("secrets are neither in the reported problems nor in the printed configuration", () => {
  const wrong = problems({
    DATABASE_URL: "mysql://sally:hunter2@localhost/x",
    SALLYPORT_SECRET: "hunter2",
    SALLYPORT_SECRET_PREVIOUS: "hunter2hunter2",
    MODAL_SERVER_URL: "https://sally:hunter2@modal.test",
    PUBLIC_URL: "https://sally:hunter2@auth.test",
    SMTP_URL: "https://sally:hunter2@mail.test",
  });
  assert.equal(wrong.length, 6);
  assert.doesNotMatch(wrong.join("\n"), /hunter2/);
  const config = read({ DATABASE_URL: "postgres://sally:hunter2@localhost/x", SALLYPORT_SECRET: SECRET });
  for (const shown of [Deno.inspect(config), JSON.stringify(config), `${config.DATABASE_URL}`]) {
    assert.doesNotMatch(shown, /hunter2|0123456789abcdef/);
  }
  assert.equal(config.DATABASE_URL?.reveal(), "postgres://sally:hunter2@localhost/x");
});

Deno.test("an invalid claim template is reported with the reason", () => {
  const problemOf = (ACCESS_TOKEN_CLAIMS: string) => problems({ ACCESS_TOKEN_CLAIMS })[0] ?? "none";
  const roles = (times: number) => JSON.stringify({ a: Array(times).fill("{{user.roles}}") });
  for (
    const right of [
      "{}",
      '{ "scope": "read {{user.roles}}" }',
      '{ "a": [1, true, null, ["{{user.id}}"]] }',
      roles(2),
    ]
  ) {
    assert.equal(problemOf(right), "none", right);
  }
  for (const text of ["x", "[]", "null", '"a"', "{", `{ "a": "${"x".repeat(2_048)}" }`]) {
    assert.match(problemOf(text), /^ACCESS_TOKEN_CLAIMS must be a JSON object/, text);
  }
  const registered = [
    "iss",
    "sub",
    "aud",
    "exp",
    "nbf",
    "iat",
    "jti",
    "sid",
    "client_id",
    "auth_time",
    "guest",
    "roles",
  ];
  for (const name of [...registered, "acr", "amr", "cnf", "act", "__proto__"]) {
    assert.match(problemOf(`{ "${name}": "x" }`), new RegExp(`must not set the claim ${name}:`), name);
  }
  for (
    const text of ["{{user.nme}}", "a {{ b", "}}", "{{}}", "{{user.id}} {{toString}}", "{{user.email-}}"]
  ) {
    assert.match(
      problemOf(JSON.stringify({ a: [{ b: text }] })),
      /unknown placeholder .*\{\{user\.email\}\}/,
      text,
    );
  }
  assert.match(problemOf('{ "scope": ["a"] }'), /must have a text as scope/);
  assert.match(
    problemOf(roles(4)),
    /must add up to 2048 bytes to a token: for a user with many roles it is \d+$/,
  );
});
