import assert from "node:assert/strict";
import { startApp, type TestApp } from "./support/app.ts";
import { onEachDatabase } from "./support/databases.ts";
import { mutate, type SignInAnswer, viewerOf } from "./support/people.ts";
import { post } from "./support/wire.ts";

const ERROR = "... on AuthError { code message actionRequired retryAfterSeconds }";

const REQUEST = `mutation ($email: String!) { requestEmailCode(input: { email: $email }) { __typename
  ... on EmailCodeSent { flow { id status email attemptsLeft resendAt expiresAt steps { name } } } ${ERROR} } }`;

const VERIFY = `mutation ($input: VerifyEmailCodeInput!) { verifyEmailCode(input: $input) { __typename
  ... on SignedIn { user { id email emailVerified isGuest state methods } session { id method } tokens { accessToken refreshToken } } ${ERROR} } }`;

type Sent = { flow: { id: string; status: string; email: string; attemptsLeft: number; resendAt: string } };

const request = (app: TestApp, email: string) => mutate<Sent>(app, REQUEST, { variables: { email } });

const verify = (app: TestApp, flowId: string, code: string, token?: string) =>
  mutate<SignInAnswer>(app, VERIFY, { variables: { input: { flowId, code } }, token });

onEachDatabase("a mailed code signs in, and makes the account", async (database) => {
  await using app = await startApp({ database });
  const { flow } = await request(app, "  Ada@Example.test ");
  assert.equal(flow.status, "WAITING");
  assert.equal(flow.email, "Ada@Example.test");
  assert.equal(flow.attemptsLeft, 5);
  const mail = await app.inbox.next("Ada@Example.test");
  const code = /^(\d{6}) is your Sallyport code$/.exec(mail.subject ?? "")?.[1] ?? "";
  assert.match(code, /^\d{6}$/);
  const signedIn = await verify(app, flow.id, code);
  assert.equal(signedIn.__typename, "SignedIn", JSON.stringify(signedIn));
  assert.deepEqual({ ...signedIn.user, id: "" }, {
    id: "",
    email: "Ada@Example.test",
    emailVerified: true,
    isGuest: false,
    state: "AUTH",
    methods: ["EMAIL_CODE"],
  });
  assert.equal((await verify(app, flow.id, code)).code, "CODE_REJECTED", "once");
  const { data } = await post(app, `query ($id: ID!) { flow(id: $id) { status user { id } steps { name } } }`, {
    variables: { id: flow.id },
  });
  assert.equal((data?.["flow"] as { status: string }).status, "SUCCEEDED");
  assert.equal(await viewerOf(app, signedIn.tokens.accessToken), null, "no username");
});
