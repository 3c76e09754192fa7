import assert from "node:assert/strict";
import { hash as argon2id } from "@node-rs/argon2";
import { hash as bcrypt } from "@node-rs/bcrypt";
import { sql } from "kysely";
import type { TestDatabase } from "./databases.ts";
import { exported, newAuthenticator } from "./passkeys.ts";
import { PASSWORD } from "./people.ts";
import type { Finished } from "./processes.ts";

/** Hashes of `PASSWORD` from other systems. */
export const bcryptHash = await bcrypt(PASSWORD, 4);
export const argon2idHash = await argon2id(PASSWORD, { memoryCost: 8_192, timeCost: 1, parallelism: 1 });

/** The secret of gus's authenticator in `oddFile`. */
export const TOTP_SECRET = "JBSWY3DPEHPK3PXP";

/** Writes these lines to a file that the command may read. */
export async function fileOf(
  place: { dir: string },
  content: string | Uint8Array,
  name = "users.jsonl",
): Promise<string> {
  await Deno.mkdir(place.dir, { recursive: true, mode: 0o700 });
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  await Deno.writeFile(`${place.dir}/${name}`, bytes);
  return `${place.dir}/${name}`;
}

/** Lines for this many users: with a username, an address, or both. */
export function manyUsers(count: number): string {
  return Array.from({ length: count }, (_, index) => {
    const username = index % 3 === 0 ? {} : { username: `person${index}` };
    const email = index % 3 === 1
      ? {}
      : { email: `person${index}@example.test`, emailVerified: index % 2 === 0 };
    return JSON.stringify({ ...username, ...email, name: `Nº ${index}`, passwordHash: bcryptHash });
  }).join("\n");
}

/** A file with every kind of line, and the expected reason by line. */
export function oddFile(): {
  content: Uint8Array;
  bad: [line: number, reason: RegExp][];
  good: number;
  twice: number;
} {
  const lines: [line: string, expected: "good" | "twice" | "blank" | RegExp][] = [
    [`\ufeff{"username":"ada","passwordHash":${JSON.stringify(bcryptHash)}}\r`, "good"],
    [`{"email":"bob@example.test","emailVerified":true,"passwordHash":"${argon2idHash}"}`, "good"],
    ["", "blank"],
    ["  \t\r", "blank"],
    [`{"username":"ADA"}`, "twice"],
    ["nonsense", /^it is not JSON$/],
    [`["ada"]`, /^it is not a JSON object$/],
    ["null", /^it is not a JSON object$/],
    [
      `{"username":"eve","password":"hunter2"}`,
      /^plain passwords cannot be imported: use an argon2id or/,
    ],
    [`{"username":"eve","isAdmin":true}`, /^the key isAdmin is unknown; the keys are username, email, /],
    [`{"username":"eve","\\u001b[31m":1}`, /^one of its keys is unknown; the keys are username/],
    [`{"username":"eve","__proto__":{}}`, /^the key __proto__ is unknown; the keys are/],
    [`{"username":7}`, /^username is not a string$/],
    [`{"username":"eve","disabled":"no"}`, /^disabled is not a boolean$/],
    [`{"username":"eve","createdAt":"yesterday"}`, /^createdAt is not a time such as/],
    [`{"username":"eve","createdAt":"2024-02-30T00:00:00Z"}`, /^createdAt is not a time such as/],
    [`{"username":"eve\\u0000"}`, /^Cannot use this username/],
    [`{"username":"zed","name":"\\ud800"}`, /^name is not 1 to 200 characters/],
    [`{"username":"eve","passwordHash":"hunter2"}`, /^passwordHash is not a hash that can be checked here/],
    [`{"username":"eve","totp":"JBSWY3DPEHPK3PXP"}`, /^totp is not a list of objects with the keys secret/],
    [
      `{"username":"eve","totp":[{"secret":"JBSWY3DPEHPK3PXP","digits":8}]}`,
      /^totp is not a list of objects/,
    ],
    [`{"username":"eve","totp":[{"secret":"hunter2!"}]}`, /^the secret of a totp is not base32$/],
    [
      `{"username":"gus","passwordHash":"${bcryptHash}","totp":[{"secret":"${TOTP_SECRET}","name":null}]}`,
      "good",
    ],
    [
      `{"username":"eve","passkeys":[{"credentialId":null}]}`,
      /^passkeys is not a list of objects with the keys/,
    ],
    [
      `{"username":"eve","passkeys":[{"credentialId":"AA","publicKey":"AA","counter":"0"}]}`,
      /^passkeys is not a list of objects with the keys credentialId, publicKey, counter, transports \(opt/,
    ],
    [
      `{"username":"eve","passkeys":[{"credentialId":"AA","publicKey":"AA","counter":0}]}`,
      /^the publicKey of a passkey is not a COSE key/,
    ],
    [
      JSON.stringify({
        username: "kim",
        passkeys: [{ ...exported(newAuthenticator()), createdAt: "2024-03-31T12:00:00Z", name: null }],
      }),
      "good",
    ],
    [`{"name":"Nobody"}`, /^there is neither a username nor an e-mail address$/],
    [`{"username":"${"x".repeat(2 ** 20)}"}`, /^it is longer than 16 KiB$/],
    [`{"username":"\u00e9"}`, /^it is not UTF-8$/],
    [`{"username":"fay","email":null,"createdAt":"2020-02-29T12:00:00.5+02:00"}`, "good"],
    [`{"username":"ADA","email":"other@example.test"}`, /^the username belongs to a user without/],
    [`{"email":"last@example.test","name":"Last 🎈"}`, "good"],
  ];
  const utf8 = new TextEncoder();
  const bytes = lines.map(([line, expected]) => {
    const wrong = expected instanceof RegExp && /UTF-8/.test(expected.source);
    return wrong ? Uint8Array.from(line, (letter) => letter.charCodeAt(0)) : utf8.encode(line);
  });
  const newline = utf8.encode("\n");
  const content = bytes.flatMap((line, index) => index ? [newline, line] : [line]);
  const of = (what: string) => lines.filter(([, expected]) => expected === what).length;
  return {
    content: new Uint8Array(content.flatMap((each) => [...each])),
    bad: lines.flatMap(([, expected], index) => expected instanceof RegExp ? [[index + 1, expected]] : []),
    good: of("good"),
    twice: of("twice"),
  };
}

/** Asserts that the command names exactly the bad lines and counts correctly. */
export function checkReport(
  { code, out, err }: Finished,
  bad: [number, RegExp][],
  added: number,
  existing: number,
): void {
  const reported = [...err.matchAll(/^line (\d+): (.*)$/gm)].map(([, line, reason = ""]) => ({
    line: Number(line),
    reason,
  }));
  assert.deepEqual(reported.map(({ line }) => line), bad.map(([line]) => line), err);
  for (const [index, { reason }] of reported.entries()) assert.match(reason, bad[index]?.[1] ?? /never/);
  const users = added === 1 ? "user" : "users";
  const were = existing === 1 ? "was" : "were";
  const lines = bad.length === 1 ? "line was" : "lines were";
  assert.equal(
    out,
    `Imported ${
      added.toLocaleString("en")
    } ${users}; ${existing} ${were} there already; ${bad.length} ${lines} bad\n`,
  );
  assert.equal(code, bad.length > 0 ? 1 : 0);
  assert.doesNotMatch(err, /hunter2|^\s+at /m);
  assert.ok(!err.includes("\x1b"), "no terminal control sequences");
}

/** Counts the users, the names and the import events. */
export async function countAll(
  database: TestDatabase,
): Promise<{ users: number; names: number; events: number }> {
  const { db, close } = await database.open();
  try {
    const { rows } = await sql<{ users: number; names: number; events: number }>`
      select count(*)::int as users, count(distinct coalesce(username_key, email_key))::int as names,
        (select count(*)::int from (select type from events union all select type from unsequenced_events) e
          where type = 'user.imported') as events
      from users`.execute(db);
    return rows[0] ?? assert.fail();
  } finally {
    await close();
  }
}
