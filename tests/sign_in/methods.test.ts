import assert from "node:assert/strict";
import {
  buildASTSchema,
  extendSchema,
  getNamedType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  isObjectType,
  isUnionType,
  parse,
} from "graphql";
import { buildSchema, checkSignIns } from "../../schema/schema.ts";
import { ANY_METHODS, type AuthMethod } from "../../src/sign_in/methods.ts";
import { codeFor, guest, type GuestAnswer, verifyCode } from "../support/codes.ts";
import { onPglite } from "../support/databases.ts";
import { addTotp, startTotp } from "../support/factors.ts";
import { startGoogleApp } from "../support/google.ts";
import { signInWithGoogle } from "../support/google_sign_in.ts";
import { newName, PASSWORD, register, signIn } from "../support/people.ts";
import { newAuthenticator, signUpWithPasskey } from "../support/passkeys.ts";
import { eventsOf } from "../support/sessions.ts";
import { post } from "../support/wire.ts";

type App = Awaited<ReturnType<typeof startGoogleApp>>;
type Answer = Pick<GuestAnswer, "session" | "tokens"> & { user: { id: string } };

/** Signs a new user in with each method. */
const SIGN_IN: Record<AuthMethod, (app: App) => Promise<Answer>> = {
  PASSWORD: async (app) => {
    const username = newName();
    await register(app, { username, password: PASSWORD });
    return await signIn(app, username);
  },
  EMAIL_CODE: async (app) => {
    const { id, code } = await codeFor(app, `${newName()}@example.test`);
    return await verifyCode(app, id, code);
  },
  GUEST: (app) => guest(app),
  PASSKEY: (app) => signUpWithPasskey(app, newAuthenticator()),
  GOOGLE: (app) => signInWithGoogle(app, { email: `${newName()}@gmail.com` }),
};

onPglite(
  "every sign-in method issues a session with its id, to a user who has that method",
  async (database) => {
    await using app = await startGoogleApp({ database });
    for (const { id, forGuests = false } of ANY_METHODS) {
      const { session, tokens, user } = await SIGN_IN[id as AuthMethod](app);
      assert.equal(session.method, id);
      const { data } = await post(app, "{ viewer { isGuest methods } }", { token: tokens.accessToken });
      const viewer = data?.["viewer"] as { isGuest: boolean; methods: string[] };
      assert.equal(viewer.isGuest, forGuests, id);
      assert.ok(viewer.methods.includes(id), `${id}: ${viewer.methods}`);
      const issued = (await eventsOf(app, user.id)).find(({ type }) => type === "session.issued");
      assert.equal(issued?.data["method"], id);
    }
  },
);

onPglite("users of every sign-in method can add an authenticator, except guests", async (database) => {
  await using app = await startGoogleApp({ database });
  for (const { id, forGuests = false } of ANY_METHODS) {
    const { tokens: { accessToken } } = await SIGN_IN[id as AuthMethod](app);
    const { __typename, code } = await startTotp(app, accessToken);
    assert.equal(code ?? __typename, forGuests ? "FORBIDDEN" : "TotpEnrolment", id);
    if (!forGuests) assert.equal((await addTotp(app, accessToken)).factor.kind, "TOTP", id);
  }
});

Deno.test("a mutation that can sign in and belongs to no method stops the start, and so does the reverse", () => {
  const schema = buildSchema();
  checkSignIns(schema);
  const bypass = extendSchema(schema, parse("extend type Mutation { signInWithMagic: SignInResult! }"));
  assert.throws(() => checkSignIns(bypass), /Mutation\.signInWithMagic can sign in, but belongs to no/);
  assert.throws(
    () =>
      checkSignIns(
        buildASTSchema(parse("type SignedIn { a: Int } type Mutation { a: Int } type Query { a: Int }")),
      ),
    /of a sign-in method cannot sign in/,
  );
});

Deno.test("only the mutations of the methods, verifySecondFactor and refreshSession return a session", () => {
  const mutations = Object.values(buildSchema().getMutationType()!.getFields());
  const giving = mutations.filter(({ type }) => holdsSession(getNamedType(type)));
  const declared = ANY_METHODS.flatMap(({ mutations }) => mutations);
  assert.deepEqual(giving.map(({ name }) => name).toSorted(), [...declared, ...OF_ALL_METHODS].toSorted());
});

/** They continue a session, or a sign-in with any method. */
const OF_ALL_METHODS = ["refreshSession", "verifySecondFactor"];

/** Whether a value of this type can contain a new session. */
function holdsSession(type: GraphQLNamedType): boolean {
  if (isUnionType(type)) return type.getTypes().some(holdsSession);
  return type.name === "SignedIn" || (isObjectType(type) && hasSignedIn(type));
}

function hasSignedIn(type: GraphQLObjectType): boolean {
  return Object.values(type.getFields()).some((field) => getNamedType(field.type).name === "SignedIn");
}
