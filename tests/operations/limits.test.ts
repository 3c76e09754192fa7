import { cheapHash } from "../support/cheap_hash.ts";
import assert from "node:assert/strict";
import { sql } from "kysely";
import { addressBlock } from "../../src/operations/limits/address_block.ts";
import type { Fetch } from "../../src/http/router.ts";
import { startApp, type TestApp } from "../support/app.ts";
import { counted, from, mailedToken, metric, requestReset } from "../support/callers.ts";
import { requestVerification, resetPassword, verifyEmail } from "../support/callers.ts";
import { requestCode } from "../support/codes.ts";
import { onEachDatabase, onPglite } from "../support/databases.ts";
import { times } from "../support/eventually.ts";
import { newName, newPerson, PASSWORD, register, signedIn, signIn, viewerOf } from "../support/people.ts";

const LIMITED = "RATE_LIMITED";

type App = { fetch: Fetch };

const newUser = (app: App) => register(app, { username: newName(), password: PASSWORD });

/** Whether these callers share one limit of two registrations. */
async function countTogether(app: TestApp, ...callers: App[]): Promise<boolean> {
  await app.services.db.deleteFrom("rate_limits").execute();
  const answers = [];
  for (const caller of [...callers, ...callers, ...callers]) answers.push(await newUser(caller));
  const { Registered: taken = 0 } = counted(answers);
  assert.ok(taken === 2 || taken === 4, `${taken} of 6`);
  return taken === 2;
}

onPglite(
  "R40: the client address is the rightmost hop that is not a trusted proxy",
  async (database) => {
    const env = {
      LIMIT_REGISTRATIONS_PER_ADDRESS_HOUR: "2",
      TRUSTED_PROXIES: "10.0.0.1, ::ffff:10.0.0.2,[2001:DB8:0::1], 172.16.0.0/12, 2001:db8:ff::/48",
    };
    await using app = await startApp({ database, env });
    const proxied = (hops: string, proxy = "10.0.0.1") => from(app, proxy, hops);
    const together: [string, App, App][] = [
      ["one address", from(app, "203.0.113.7"), from(app, "203.0.113.7")],
      ["what a client claims", from(app, "203.0.113.7", "1.1.1.1"), from(app, "203.0.113.7", "2.2.2.2")],
      ["what a client claims to a proxy", proxied("1.1.1.1, 203.0.113.7"), proxied("2.2.2.2, 203.0.113.7")],
      ["two proxies in a row", proxied("203.0.113.7, 10.0.0.2"), proxied("3.3.3.3,203.0.113.7")],
      ["by another proxy", proxied("203.0.113.7"), proxied("203.0.113.7", "2001:db8::1")],
      ["directly", proxied("203.0.113.7"), from(app, "203.0.113.7")],
      ["our proxy, claimed", from(app, "203.0.113.7", "10.0.0.1"), from(app, "203.0.113.7")],
      ["our proxy, claimed to it", proxied("1.1.1.1, 203.0.113.7, 10.0.0.1"), proxied("203.0.113.7")],
      ["a proxy as IPv6", proxied("203.0.113.7", "::ffff:10.0.0.1"), proxied("203.0.113.7")],
      ["a hop that is a proxy, as IPv6", proxied("203.0.113.7, ::FFFF:a00:2"), proxied("203.0.113.7")],
      ["a proxy in another spelling", proxied("203.0.113.7", "2001:0db8::0:1%eth0"), proxied("203.0.113.7")],
      ["a proxy of a range", proxied("203.0.113.7", "172.31.255.255"), proxied("203.0.113.7")],
      ["a proxy of a range, as IPv6", proxied("203.0.113.7", "::ffff:172.16.0.9"), proxied("203.0.113.7")],
      ["a hop of a range", proxied("203.0.113.7, 2001:DB8:FF:1::2, 172.20.0.1"), proxied("203.0.113.7")],
      ["with ports", proxied("203.0.113.7:1000"), proxied("203.0.113.7:1001, 10.0.0.2:99")],
      ["with ports, IPv6", proxied("[2001:db8:1:2::9]:1000"), proxied("[2001:db8:1:2::9]")],
      ["no address at all", proxied("1.1.1.1, <script>"), proxied("2.2.2.2, unknown")],
      ["no header", from(app, "10.0.0.1"), proxied("")],
      ["one network", from(app, "2001:db8:1:2::1"), from(app, "2001:db8:1:2:ffff:ffff:ffff:ffff")],
      ["one network, proxied", proxied("2001:DB8:1:2::9"), proxied("2001:db8:1:2:0:0:0:a")],
      ["IPv4 as IPv6", from(app, "::ffff:203.0.113.7"), from(app, "203.0.113.7")],
    ];
    for (const [what, one, other] of together) assert.ok(await countTogether(app, one, other), what);
    const apart: [string, App, App][] = [
      ["two addresses", from(app, "203.0.113.7"), from(app, "203.0.113.8")],
      ["two clients of a proxy", proxied("203.0.113.7"), proxied("203.0.113.8")],
      ["outside of a range", proxied("203.0.113.7", "172.32.0.1"), proxied("203.0.113.7")],
      ["a client behind another network", proxied("203.0.113.7, 2001:db8:fe::1"), proxied("203.0.113.7")],
      ["two networks", from(app, "2001:db8:1:2::1"), from(app, "2001:db8:1:3::1")],
      ["IPv4 as IPv6", from(app, "::ffff:203.0.113.7"), from(app, "::ffff:203.0.113.8")],
    ];
    for (const [what, one, other] of apart) assert.ok(!await countTogether(app, one, other), what);
  },
);

Deno.test("R40: an address block is an IPv4 address or an IPv6 /64, in any notation", () => {
  const blocks = {
    "203.0.113.7": ["203.0.113.7", "::ffff:203.0.113.7", "::FFFF:203.0.113.7"],
    "2001:db8:1:2::/64": [
      "2001:db8:1:2::",
      "2001:0DB8:0001:0002::1",
      "2001:db8:1:2:3:4:5:6",
      "2001:db8:1:2::%eth0",
    ],
    "2001:db8:0:0::/64": ["2001:db8::", "2001:db8::1", "2001:db8:0:0:1::", "2001:db8::ffff:0:0:1"],
    "0:0:0:0::/64": ["::1", "::"],
    "fe80:0:0:0::/64": ["fe80::1%eth0", "fe80::2"],
  };
  for (const [block, addresses] of Object.entries(blocks)) {
    for (const address of addresses) assert.equal(addressBlock(address), block, address);
  }
});

onEachDatabase("R40: registrations from one address are limited per hour", async (database) => {
  const env = { LIMIT_REGISTRATIONS_PER_ADDRESS_HOUR: "5" };
  const hash = cheapHash();
  await using app = await startApp({ database, env, passwordHash: hash });
  const near = from(app, "203.0.113.7");
  const answers = await times(20, () => newUser(near));
  assert.deepEqual(counted(answers), { Registered: 5, [LIMITED]: 15 });
  assert.equal(hash.hashed, 5, "refused registrations hash nothing");
  assert.equal(await metric(app, "limits_hit_total"), 15);
  const { retryAfterSeconds } = answers.find(({ code }) => code === LIMITED) as unknown as {
    retryAfterSeconds: number;
  };
  assert.ok(retryAfterSeconds > 3_500 && retryAfterSeconds <= 3_600, String(retryAfterSeconds));
  assert.equal((await newUser(from(app, "203.0.113.8"))).__typename, "Registered");
  await newPerson(app);
  app.clock.advance(retryAfterSeconds - 60);
  assert.equal((await newUser(near)).code, LIMITED);
  app.clock.advance(61);
  assert.equal((await newUser(near)).__typename, "Registered");
  await app.services.limits.prune();
  const { count } = await app.services.db.selectFrom("rate_limits").select(({ fn }) =>
    fn.countAll().as("count")
  )
    .where("key", "like", "register%").executeTakeFirstOrThrow();
  assert.equal(Number(count), 1, "expired counters are deleted");
});

onEachDatabase(
  "R22: mails of one purpose to one address are limited, with or without an account",
  async (database) => {
    const env = { LIMIT_MAILS_PER_RECIPIENT_DAY: "2" };
    await using app = await startApp({ database, env });
    await register(app, { username: "ada", email: "ada@example.test", password: PASSWORD });
    await verifyEmail(app, await mailedToken(app, "ada@example.test"));
    for (const email of ["ada@example.test", "nobody@example.test"]) {
      for (const ask of [requestReset, requestVerification]) {
        const answers = [await ask(app, email), await ask(app, email.toUpperCase()), await ask(app, email)];
        assert.deepEqual(answers.map(({ code }) => code), [undefined, undefined, LIMITED]);
      }
      const answers = await times(3, () => register(app, { email, password: PASSWORD }));
      const already = email === "ada@example.test" ? 1 : 2;
      assert.deepEqual(counted(answers), { Registered: already, [LIMITED]: 3 - already });
      const named = await register(app, { username: newName(), email, password: PASSWORD });
      assert.equal(named.__typename, "Registered", "the username is enough, so no mail is needed");
    }
    assert.equal((await requestReset(app, "bob@example.test")).__typename, "Done");
    app.clock.advance(24 * 60 * 60 + 1);
    assert.equal((await requestReset(app, "ada@example.test")).__typename, "Done");
  },
);

onPglite(
  "R22: a known client address has a reserve when others have used up the mails",
  async (database) => {
    const env = { LIMIT_MAILS_PER_RECIPIENT_DAY: "2", LIMIT_MAILS_PER_KNOWN_ADDRESS_DAY: "1" };
    await using app = await startApp({ database, env });
    const home = from(app, "2001:db8:1:2::aaaa");
    await register(home, { username: "ada", email: "ada@example.test", password: PASSWORD });
    await verifyEmail(home, await mailedToken(app, "ada@example.test"));
    await signedIn(home, "ada");
    const stranger = from(app, "203.0.113.9");
    for (let index = 0; index < 2; index++) await requestReset(stranger, "ada@example.test");
    assert.equal((await requestReset(stranger, "ada@example.test")).code, LIMITED);
    const neighbour = from(app, "2001:db8:1:2::bbbb");
    assert.equal((await requestReset(neighbour, "ada@example.test")).__typename, "Done", "the same /64");
    assert.equal((await requestReset(home, "ada@example.test")).code, LIMITED, "the reserve is limited");
  },
);

onEachDatabase("R22: a refused mail does not count against other limits", async (database) => {
  const env = { LIMIT_MAILS_PER_RECIPIENT_DAY: "2", LIMIT_MAILS_PER_ADDRESS_HOUR: "3" };
  await using app = await startApp({ database, env });
  const asked = async (from: App, email: string) => (await requestCode(from, email)).code;
  const [one, other, third] = ["203.0.113.7", "203.0.113.8", "203.0.113.9"].map((ip) => from(app, ip));
  assert.ok(one && other && third);
  assert.equal(await asked(one, "ada@example.test"), undefined);
  const early = await times(5, () => asked(one, "ada@example.test"));
  assert.deepEqual(early, new Array(5).fill(LIMITED), "one mail per minute");
  assert.equal(await asked(other, "ada@example.test"), undefined, "the recipient has one mail left");
  assert.equal(await asked(third, "ada@example.test"), LIMITED, "and no more");
  for (const email of ["bob@example.test", "eve@example.test"]) {
    assert.equal(await asked(one, email), undefined, "the client has two mails left");
  }
  assert.equal(await asked(one, "zoe@example.test"), LIMITED, "and no more");
  assert.equal(await asked(other, "zoe@example.test"), undefined, "this client has mails left");
});

onPglite("R40: mails requested from one client address are limited", async (database) => {
  const env = { LIMIT_MAILS_PER_ADDRESS_HOUR: "3" };
  await using app = await startApp({ database, env });
  const near = from(app, "203.0.113.7");
  const asked = (client: App) =>
    times(
      4,
      (index) => (index % 2 ? requestReset : requestVerification)(client, `user${index}@example.test`),
    );
  assert.deepEqual(counted(await asked(near)), { Done: 3, [LIMITED]: 1 });
  assert.deepEqual(counted(await asked(from(app, "203.0.113.8"))), { Done: 3, [LIMITED]: 1 });
  app.clock.advance(60 * 60 + 1);
  assert.equal((await requestReset(near, "user@example.test")).__typename, "Done");
});

onPglite("R40: invalid links from one client address are limited", async (database) => {
  const env = { LIMIT_LINKS_PER_ADDRESS_HOUR: "3" };
  await using app = await startApp({ database, env });
  await register(app, { username: "ada", email: "ada@example.test", password: PASSWORD });
  const token = await mailedToken(app, "ada@example.test");
  const near = from(app, "203.0.113.7");
  const guesses = [
    await verifyEmail(near, "spv_x"),
    await resetPassword(near, "spw_x", "a whole new one"),
    await verifyEmail(near, token.replace("spv", "spw")),
    await verifyEmail(near, token),
    await resetPassword(near, "spw_x", "a whole new one"),
  ];
  assert.deepEqual(guesses.map(({ code }) => code), [
    ...new Array(3).fill("CODE_REJECTED"),
    LIMITED,
    LIMITED,
  ]);
  assert.equal((await verifyEmail(from(app, "203.0.113.8"), token)).__typename, "Done");
});

/** Makes every write to `rate_limits` fail with this SQLSTATE until the function is dropped. */
async function breakLimits({ services: { db } }: TestApp, state: string): Promise<void> {
  await sql`create function broken() returns trigger language plpgsql as $$
    begin raise exception 'broken' using errcode = '${sql.raw(state)}'; end $$`.execute(db);
  await sql`create trigger broken before insert or update on rate_limits
    for each row execute function broken()`.execute(db);
}

onEachDatabase("R40: if counters cannot be written, sign-ins and registrations fail", async (database) => {
  const hash = cheapHash();
  await using app = await startApp({ database, passwordHash: hash });
  const near = from(app, "203.0.113.7");
  const ada = await newPerson(near, "ada");
  const [hashed, verified] = [hash.hashed, hash.verified];
  const failures = { "08006": "UNAVAILABLE", "53100": "UNAVAILABLE", "25006": "UNAVAILABLE" };
  for (const [state, code] of Object.entries(failures)) {
    await breakLimits(app, state);
    for (
      const refused of [
        signIn(near, "ada"),
        signIn(app, "ada"),
        newUser(near),
        requestReset(near, "ada@example.test"),
        requestVerification(near, "ada@example.test"),
      ]
    ) {
      assert.equal((await refused).code, code, state);
    }
    assert.equal(await viewerOf(app, ada.accessToken), "ada");
    await sql`drop function broken cascade`.execute(app.services.db);
  }
  // Any other database error also rejects the request.
  await sql`alter table rate_limits rename to rate_limits_away`.execute(app.services.db);
  for (const client of [near, app]) await assert.rejects(signIn(client, "ada"), /INTERNAL_SERVER_ERROR/);
  await assert.rejects(newUser(near), /INTERNAL_SERVER_ERROR/);
  await sql`alter table rate_limits_away rename to rate_limits`.execute(app.services.db);
  assert.deepEqual([hash.hashed, hash.verified], [hashed, verified], "nothing was hashed");
  await signedIn(near, "ada");
});
