import assert from "node:assert/strict";
import {
  getNamedType,
  type GraphQLObjectType,
  isLeafType,
  isObjectType,
  isScalarType,
  isSpecifiedScalarType,
} from "graphql";
import { ANNOUNCED, RELEASED, unannouncedBreaks } from "../../schema/breaking_changes.ts";
import { schemaFiles } from "../../schema/print.ts";
import { buildSchema } from "../../schema/schema.ts";
import { SYSTEM } from "../../src/events/events.ts";
import { API_KEY_SCOPES, type ApiKeyScope } from "../../src/operations/api_keys/scopes.ts";
import { createOperator } from "../../src/operations/operators/operators.ts";
import { createKey } from "../support/api_keys.ts";
import { startApp, type TestApp } from "../support/app.ts";
import { onPglite } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import { subscribe } from "../support/live.ts";
import { newPerson, signedIn } from "../support/people.ts";
import { post } from "../support/wire.ts";

const ROLES = ["READ", "OPERATE", "REVEAL"] as const;
type Role = (typeof ROLES)[number];
const CALLERS = ["nobody", "person", ...ROLES] as const;
type Caller = (typeof CALLERS)[number];

/**
 * The callers that may use a field: `anyone`; a signed-in user (`person`), but not an operator; operators with at least
 * this role; or both, the user for their own data.
 */
type May = "anyone" | "person" | Role | ["person", Role];

/**
 * The callers that may use each field of a root type, and arguments for the test. `$flow` and the like stand for
 * objects that exist and do not belong to the user. Add each new field here, with its intended callers.
 */
const WHO_MAY: Record<string, Record<string, [may: May, args?: string]>> = {
  Query: {
    apiKeys: ["READ"],
    allSessions: ["READ"],
    authState: ["anyone"],
    credential: [["person", "READ"], "(id: $credential)"],
    credentials: [["person", "READ"]],
    diagnose: ["READ", '(identifier: "ada")'],
    events: [["person", "READ"]],
    flow: [["person", "READ"], "(id: $flow)"],
    flows: [["person", "READ"]],
    googleAuthStatus: [["person", "READ"]],
    mails: ["READ"],
    metrics: ["READ"],
    modalClient: [["person", "READ"]],
    node: [["person", "READ"], "(id: $user)"],
    nodes: [["person", "READ"], "(ids: [$user])"],
    operator: ["READ"],
    operators: ["READ"],
    configuration: ["READ"],
    signingKeys: ["READ"],
    personalData: [["person", "READ"]],
    protectedData: ["person"],
    server: ["READ"],
    serverHealth: ["READ"],
    sessions: ["person"],
    stateRequirements: ["anyone", "(state: PAYMENT)"],
    user: ["READ", "(id: $user)"],
    userSessions: ["READ", "(userId: $user)"],
    users: ["READ"],
    viewer: ["anyone"],
  },
  Mutation: {
    completeGoogleAuthorization: [["person", "REVEAL"], '(input: { state: "spg_wrong", code: "wrong" })'],
    startGoogleAuthorization: [["person", "REVEAL"], "(input: {})"],
    startModalTokenFlow: [["person", "OPERATE"]],
    waitForModalTokenFlow: [["person", "OPERATE"], "(id: $flow)"],
    clearLimits: ["OPERATE", '(identifier: "ada")'],
    cancelFlow: [["person", "OPERATE"], "(id: $flow)"],
    importModalCredential: [["person", "OPERATE"], '(tokenId: "ak-1", tokenSecret: "as-1")'],
    importUsers: ["OPERATE", '(users: [{ username: "-" }])'],
    verifyModalCredential: [["person", "OPERATE"], "(id: $credential)"],
    revealCredential: [["person", "REVEAL"], "(id: $credential)"],
    googleAccess: [["person", "REVEAL"]],
    importGoogleCredential: [["person", "REVEAL"], '(input: { refreshToken: "" })'],
    refreshCredential: [["person", "OPERATE"], "(id: $credential)"],
    revokeCredential: [["person", "OPERATE"], "(id: $credential)"],
    createApiKey: ["OPERATE", '(name: "machine", scopes: ["users:read"], days: 1)'],
    revokeApiKey: ["OPERATE", '(id: "key_01jd0000000000000000000000")'],
    createOperator: ["OPERATE", '(name: "somebody", role: READ, days: 1)'],
    revokeOperator: ["OPERATE", "(id: $operator)"],
    changePassword: [
      "person",
      '(input: { currentPassword: "wrong", newPassword: "a horse of another colour" })',
    ],
    deleteUser: ["OPERATE", "(userId: $user)"],
    refreshSession: ["anyone", '(input: { refreshToken: "spr_wrong" })'],
    register: ["anyone", '(input: { username: "-", password: "wrong" })'],
    requestEmailVerification: ["anyone", '(email: "nobody@example.test")'],
    requestPasswordReset: ["anyone", '(email: "nobody@example.test")'],
    resetPassword: ["anyone", '(input: { token: "spw_wrong", newPassword: "wrong" })'],
    revokeOtherSessions: ["person"],
    revokeSession: [["person", "OPERATE"], "(id: $session)"],
    revokeUserSessions: ["OPERATE", "(userId: $user)"],
    rotateSigningKey: ["OPERATE"],
    setUserDisabled: ["OPERATE", "(userId: $user, disabled: true)"],
    setUserRoles: ["OPERATE", "(userId: $user, roles: [])"],
    signInWithPassword: ["anyone", '(input: { identifier: "nobody", password: "wrong" })'],
    signOut: ["person"],
    transitionState: ["person", "(to: PAYMENT)"],
    transitionUserState: ["OPERATE", "(userId: $user, to: PAYMENT)"],
    requestEmailCode: ["anyone", '(input: { email: "x" })'],
    verifyEmailCode: ["anyone", '(input: { flowId: "x", code: "x" })'],
    signInAsGuest: ["anyone"],
    issueGoogleNonce: ["anyone"],
    signInWithGoogle: ["anyone", '(input: { token: "x", transport: TOKENS })'],
    resendMail: ["OPERATE", '(id: "mal_x")'],
    verifyEmail: ["anyone", '(token: "spv_wrong")'],
    verifySecondFactor: ["anyone", '(input: { flowId: "x", totp: "123456" })'],
    startStepUp: ["person"],
    startTotpEnrolment: ["person"],
    confirmTotp: ["person", '(input: { enrolmentId: "x", code: "123456" })'],
    renameFactor: ["person", '(id: "x", name: "x")'],
    removeFactor: ["person", '(id: "x")'],
    regenerateRecoveryCodes: ["person"],
    resetUserFactors: ["OPERATE", "(userId: $user)"],
    startPasskeyRegistration: ["anyone"],
    finishPasskeyRegistration: ["person", '(input: { ceremonyId: "x", response: {} })'],
    registerWithPasskey: ["anyone", '(input: { ceremonyId: "x", response: {} })'],
    startPasskeySignIn: ["anyone"],
    signInWithPasskey: ["anyone", '(input: { ceremonyId: "x", response: {} })'],
  },
  Subscription: {
    authState: ["anyone"],
    events: [["person", "READ"]],
    flow: [["person", "READ"], "(id: $flow)"],
    mails: ["READ"],
    modalTokenFlow: [["person", "READ"], "(id: $flow)"],
    serverHealth: ["READ"],
    tokenHealth: [["person", "READ"]],
  },
};

/** The fields that API keys may use, besides those for anyone, and the scope of each. */
const OPEN_TO_KEYS: Record<string, ApiKeyScope> = {
  "Query.user": "users:read",
  "Query.userSessions": "users:read",
  "Query.users": "users:read",
  "Query.events": "events:read",
  "Query.metrics": "metrics:read",
  "Mutation.revokeUserSessions": "users:write",
  "Mutation.setUserDisabled": "users:write",
  "Mutation.setUserRoles": "users:write",
  "Mutation.transitionUserState": "users:write",
  "Subscription.events": "events:read",
};

const schema = buildSchema();
const ROOTS = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]
  .filter((type): type is GraphQLObjectType => isObjectType(type));

Deno.test("every field of a root type is in the table of allowed callers", () => {
  const fields = (of: Record<string, object>) =>
    Object.fromEntries(Object.entries(of).map(([name, each]) => [name, Object.keys(each).sort()]));
  const built = Object.fromEntries(ROOTS.map((type) => [type.name, type.getFields()]));
  assert.deepEqual(fields(built), fields(WHO_MAY));
});

const THINGS = ["flow", "credential", "operator", "user", "session"] as const;
type Things = Record<(typeof THINGS)[number], string>;

/** Creates objects of an operator, and a user with a session. */
async function makeThings(app: TestApp, token: string): Promise<Things> {
  const { tokenId, tokenSecret } = app.modal.issueToken();
  const { data } = await post(
    app,
    `mutation ($id: String!, $secret: String!) {
      startModalTokenFlow { ... on ModalTokenFlowStarted { flow { id } } }
      importModalCredential(tokenId: $id, tokenSecret: $secret) { ... on ModalVerified { credential { id } } }
      createOperator(name: "thing", role: READ) { ... on OperatorCreated { operator { id } } } }`,
    { token, variables: { id: tokenId, secret: tokenSecret } },
  );
  const { startModalTokenFlow, importModalCredential, createOperator } = data as {
    startModalTokenFlow: { flow: { id: string } };
    importModalCredential: { credential: { id: string } };
    createOperator: { operator: { id: string } };
  };
  const { id: user, sessionId: session } = await newPerson(app);
  return {
    flow: startModalTokenFlow.flow.id,
    credential: importModalCredential.credential.id,
    operator: createOperator.operator.id,
    user,
    session,
  };
}

const documentFor = (root: string, field: string, args: string, things: Things) => {
  const filled = args.replace(
    new RegExp(`\\$(${THINGS.join("|")})`, "g"),
    (_, name: keyof Things) => `"${things[name]}"`,
  );
  const type = ROOTS.find(({ name }) => name === root)?.getFields()[field]?.type;
  const selection = root === "Mutation"
    ? "{ __typename ... on AuthError { code message } }"
    : isLeafType(getNamedType(type))
    ? ""
    : "{ __typename }";
  return `${root.toLowerCase()} { ${field}${filled} ${selection} }`;
};

/** Returns the refusal of a field, UNAUTHENTICATED or FORBIDDEN with the missing right, or "allowed". */
async function verdict(
  app: TestApp,
  root: string,
  field: string,
  document: string,
  token: string | undefined,
) {
  const isOpen = root === "Subscription" && await subscriptionCode(app, document, token) === undefined;
  if (isOpen) return "allowed";
  const headers = root === "Subscription" ? { accept: "text/event-stream" } : {};
  const { data, errors: [error] } = await post(app, document, { token, headers });
  const { code, message = "" } = error
    ? { code: error.extensions?.code, message: error.message }
    : data?.[field] as { code?: string; message?: string } ?? {};
  if (code === "FORBIDDEN") return forbidden(/This needs (.+)/.exec(message)?.[1]);
  return code === "UNAUTHENTICATED" ? code : "allowed";
}

/** Returns the code that refuses a subscription; undefined if it stays open. */
async function subscriptionCode(app: TestApp, document: string, token: string | undefined) {
  const live = await subscribe(app.fetch, document, { token });
  const outcome = await Promise.race([
    live.refusal().catch(() => undefined),
    eventually("it is open", () => app.services.subscriptions.size === 1 && "open", 5).catch(() => undefined),
  ]);
  await live.leave();
  await eventually("it is closed", () => app.services.subscriptions.size === 0);
  return Array.isArray(outcome) ? outcome[0] : undefined;
}

function forbidden(need: string | undefined): string {
  return `FORBIDDEN: This needs ${need}`;
}

/** Returns the expected verdict for this caller. */
function expected(may: May, caller: Caller): string {
  if (may === "anyone") return "allowed";
  if (caller === "nobody") return "UNAUTHENTICATED";
  const [person, role] = Array.isArray(may) ? may : may === "person" ? [may, undefined] : [undefined, may];
  if (caller === "person" ? person : role && ROLES.indexOf(caller) >= ROLES.indexOf(role)) return "allowed";
  return forbidden(role ? `an operator token with the role ${role}` : "a user's own session");
}

onPglite("each caller may use exactly the fields that its role allows", async (database) => {
  await using app = await startApp({ database });
  const roles = new Map<string, string>();
  for (const role of ROLES) {
    const name = role.toLowerCase();
    roles.set(role, (await createOperator(app.services, SYSTEM, { name, role, days: 30 })).token.reveal());
  }
  const things = await makeThings(app, roles.get("REVEAL") ?? "");
  const { username } = await newPerson(app);
  for (const [root, fields] of Object.entries(WHO_MAY)) {
    for (const [field, [may, args = ""]] of Object.entries(fields)) {
      const document = documentFor(root, field, args, things);
      for (const caller of CALLERS) {
        // A mutation may end its own session.
        const token = caller === "person" ? (await signedIn(app, username)).accessToken : roles.get(caller);
        const actual = await verdict(app, root, field, document, token);
        assert.equal(actual, expected(may, caller), `${root}.${field} as ${caller}`);
      }
    }
  }
});

onPglite("an API key may use only the fields of its scope and public fields", async (database) => {
  await using app = await startApp({ database });
  const operator = await app.operatorToken("REVEAL");
  const things = await makeThings(app, operator);
  for (const scope of API_KEY_SCOPES) {
    const { key } = await createKey(app, operator, { name: "machine", scopes: [scope] });
    for (const [root, fields] of Object.entries(WHO_MAY)) {
      for (const [field, [may, args = ""]] of Object.entries(fields)) {
        const actual = await verdict(app, root, field, documentFor(root, field, args, things), key);
        const open = OPEN_TO_KEYS[`${root}.${field}`];
        const right = may === "anyone" || open === scope ? "allowed" : "FORBIDDEN";
        assert.equal(actual.split(":")[0], right, `${root}.${field} with ${scope}: ${actual}`);
        if (right === "FORBIDDEN" && open) {
          assert.equal(actual, forbidden(`an API key with the scope ${open}`));
        }
      }
    }
  }
});

Deno.test("each scalar of ours names its specification", () => {
  const scalars = Object.values(buildSchema().getTypeMap()).filter(isScalarType)
    .filter((type) => !isSpecifiedScalarType(type));
  assert.ok(scalars.length >= 3);
  for (const { name, specifiedByURL } of scalars) {
    assert.match(specifiedByURL ?? "", /^https:/, name);
  }
});

Deno.test("the printed schema files are current", async () => {
  for (const [path, text] of Object.entries(await schemaFiles())) {
    assert.ok(await Deno.readTextFile(path) === text, `${path} is stale: run \`deno task schema\``);
  }
});

Deno.test("each breaking change of the schema is announced with its reason", async () => {
  const [released, announced] = await Promise.all(
    [RELEASED, ANNOUNCED].map((path) => Deno.readTextFile(path)),
  );
  const present = (await schemaFiles())["schema/schema.graphql"] ?? "";
  assert.deepEqual(unannouncedBreaks(released ?? "", present, announced ?? ""), []);
});

Deno.test("a breaking change is reported until it is announced", () => {
  const released = "type Query { a: Int, b(x: Int): Int! }";
  const present = "type Query { b(x: Int!): Int }";
  const breaks = [
    "Query.a was removed.",
    "Query.b arg x has changed type from Int to Int!.",
    "Query.b changed type from Int! to Int.",
  ];
  assert.deepEqual(unannouncedBreaks(released, present, "").sort(), breaks);
  const lines = breaks.map((change) => `- 2026-11-21: ${change} Because of something.`);
  assert.deepEqual(unannouncedBreaks(released, present, lines.join("\n")), []);
  assert.deepEqual(unannouncedBreaks(released, present, lines.slice(1).join("\n")), breaks.slice(0, 1));
  for (const without of [`- 2026-11-21: ${breaks[0]}`, `- ${breaks[0]} Because of something.`]) {
    assert.equal(unannouncedBreaks(released, present, without).length, 3, without);
  }
  assert.deepEqual(unannouncedBreaks(released, `${released} type More { a: Int }`, ""), []);
});
