import assert from "node:assert/strict";
import { sql } from "kysely";
import { newId } from "../../src/lib/ids.ts";
import { startApp } from "../support/app.ts";
import { counted } from "../support/callers.ts";
import { codeFor, guest, verifyCode } from "../support/codes.ts";
import { onEachDatabase, onPostgres } from "../support/databases.ts";
import { newAuthenticator, ORIGIN, registerWithPasskey, startRegistration } from "../support/passkeys.ts";
import { newName, PASSWORD, register } from "../support/people.ts";
import { barrier, wide } from "../support/races.ts";

const RACERS = 10;

const userWith = (columns: { username: string } | { email: string }) => {
  const [[column = "", value = ""] = []] = Object.entries(columns);
  const verified = column === "email" ? sql`now()` : sql`null`;
  return sql`insert into users (id, ${sql.ref(column)}, ${
    sql.ref(`${column}_key`)
  }, email_verified_at, is_guest,
      state, state_metadata, created_at, version)
    values (${newId("usr")}, ${value}, ${value}, ${verified}, false, 'VISITOR', '{}', now(), 1)`;
};

onPostgres(
  "a guest who registers a name that a parallel registration takes gets USERNAME_TAKEN",
  async (database) => {
    await using app = await startApp({ database: wide(database, 2) });
    const username = newName();
    const [one, two] = [await guest(app), await guest(app)];
    const token = one.tokens.accessToken;
    const { id, options } = await startRegistration(app, { token });
    const input = { ceremonyId: id, response: newAuthenticator().create(options, ORIGIN), username };
    const { opened } = await barrier(app.services.db, userWith({ username }), 2);
    const racing = Promise.all([
      registerWithPasskey(app, input, { token }),
      register(app, { username, password: PASSWORD }, { token: two.tokens.accessToken }),
    ]);
    await opened;
    assert.deepEqual(counted(await racing), { USERNAME_TAKEN: 2 });
    const free = await registerWithPasskey(app, { ...input, username: newName() }, { token });
    assert.equal(free.__typename, "SignedIn", "the ceremony goes on");
  },
);

onPostgres(
  "a guest who verifies an address that a parallel transaction verifies signs in as its owner",
  async (database) => {
    await using app = await startApp({ database: wide(database, 1) });
    const email = `${newName()}@example.test`;
    const { user, tokens } = await guest(app);
    const { id, code } = await codeFor(app, email);
    const { opened } = await barrier(app.services.db, userWith({ email }), 1);
    const racing = verifyCode(app, id, code, { token: tokens.accessToken });
    await opened;
    const answer = await racing;
    assert.equal(answer.__typename, "SignedIn", JSON.stringify(answer));
    assert.notEqual(answer.user.id, user.id);
  },
);

onEachDatabase("of guests and registrations that take one name at once, one gets it", async (database) => {
  const isPostgres = database.kind === "postgres";
  await using app = await startApp({ database: isPostgres ? wide(database, RACERS) : database });
  const username = newName();
  const guests = await Promise.all(Array.from({ length: RACERS - 2 }, () => guest(app)));
  const tokens = [...guests.map((each) => each.tokens.accessToken), undefined, undefined];
  const { opened } = isPostgres
    ? await barrier(app.services.db, sql`lock table users in share mode`, RACERS)
    : { opened: undefined };
  const racing = Promise.all(
    tokens.map((token) => register(app, { username, password: PASSWORD }, { token })),
  );
  await opened;
  assert.deepEqual(counted(await racing), { Registered: 1, USERNAME_TAKEN: RACERS - 1 });
});
