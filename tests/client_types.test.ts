import { parse, validate } from "graphql";
import assert from "node:assert/strict";
import { wrongIn } from "../schema/check_documents.ts";
import { buildSchema } from "../schema/schema.ts";
import type * as answers from "../src/client/answers.ts";
import * as documents from "../src/client/documents.ts";
import { graphql, type ResultOf } from "../src/client/operator/graphql.ts";

/** Fails the type check unless the schema answers what the client says. */
function says<Said>(_answer: Said): void {}

Deno.test("the client's operations are the schema's, and answer what its types say", () => {
  const schema = buildSchema();
  for (const [name, text] of Object.entries(documents)) {
    assert.deepEqual(validate(schema, parse(text)).map(({ message }) => message), [], name);
  }
});

Deno.test("what the terminal and the command line ask for and the schema has not is found", () => {
  const schema = buildSchema();
  const program = (text: string) => `const Doc = graphql(\`${text}\`);`;
  assert.deepEqual(wrongIn(program("{ viewer { id username } }"), schema), []);
  for (
    const [text, wrong] of [
      ["{ viewer { id usernames } }", /Cannot query field "usernames"/],
      ["mutation ($id: ID!) { revokeSession(ids: $id) { __typename } }", /Unknown argument "ids"/],
      ["mutation ($id: Int!) { revokeSession(id: $id) { __typename } }", /"\$id" of type "Int!"/],
    ] as const
  ) {
    assert.match(wrongIn(program(text), schema).join("\n"), wrong);
  }
  assert.throws(() => wrongIn(program("{ viewer { ${FIELDS} } }"), schema), /not one literal/);
  assert.throws(() => wrongIn("graphql(TEXT)", schema), /not one literal/);
});

type Refused = { __typename: string } & answers.Refusal;
type SignedIn = answers.SignedIn & { tokens: answers.TokenPair | null };
type Result<Success> = { result: (Success & { __typename: string }) | Refused };

/** Never called: it is here for the type check. */
export function typesOfAnswers(answer: <Document>(document: Document) => ResultOf<Document>) {
  says<Result<SignedIn>>(answer(graphql(documents.SIGN_IN_WITH_PASSWORD)));
  says<Result<SignedIn>>(answer(graphql(documents.VERIFY_EMAIL_CODE)));
  says<Result<SignedIn>>(answer(graphql(documents.SIGN_IN_AS_GUEST)));
  says<Result<SignedIn>>(answer(graphql(documents.SIGN_IN_WITH_GOOGLE)));
  says<Result<SignedIn>>(answer(graphql(documents.REFRESH)));
  says<Result<{ message: string; user: answers.User | null; signedIn: SignedIn | null }>>(
    answer(graphql(documents.REGISTER)),
  );
  says<Result<{ flow: answers.EmailCodeFlow }>>(answer(graphql(documents.REQUEST_EMAIL_CODE)));
  says<Result<{ nonce: string; expiresAt: string }>>(answer(graphql(documents.ISSUE_GOOGLE_NONCE)));
  says<Result<{ message: string }>>(answer(graphql(documents.SIGN_OUT)));
  says<Result<{ message: string }>>(answer(graphql(documents.CHANGE_PASSWORD)));
  says<Result<{ message: string }>>(answer(graphql(documents.REQUEST_PASSWORD_RESET)));
  says<Result<{ message: string }>>(answer(graphql(documents.RESET_PASSWORD)));
  says<Result<{ message: string }>>(answer(graphql(documents.REQUEST_EMAIL_VERIFICATION)));
  says<Result<{ message: string }>>(answer(graphql(documents.VERIFY_EMAIL)));
  says<Result<{ message: string }>>(answer(graphql(documents.REVOKE_SESSION)));
  says<Result<{ message: string }>>(answer(graphql(documents.REVOKE_OTHER_SESSIONS)));
  says<Result<{ authState: answers.AuthState }>>(answer(graphql(documents.TRANSITION_STATE)));
  says<Result<{ flow: { id: string } }>>(answer(graphql(documents.CANCEL_FLOW)));
  says<{ authState: answers.AuthState }>(answer(graphql(documents.GET_AUTH_STATE)));
  says<{ authState: answers.AuthState }>(answer(graphql(documents.FOLLOW_AUTH_STATE)));
  says<{ sessions: answers.SessionFacts[] }>(answer(graphql(documents.SESSIONS)));
  says<{ stateRequirements: answers.StateRequirements }>(answer(graphql(documents.STATE_REQUIREMENTS)));
  says<{ flow: answers.FlowState }>(answer(graphql(documents.FOLLOW_FLOW)));
  says<Result<{ flow: answers.FlowState }>>(answer(graphql(documents.START_MODAL_TOKEN_FLOW)));
  says<Result<{ flow: { id: string } }>>(answer(graphql(documents.WAIT_FOR_MODAL_TOKEN_FLOW)));
  says<Result<{ googleUrl: string; flow: answers.FlowState }>>(
    answer(graphql(documents.START_GOOGLE_AUTHORIZATION)),
  );
  says<{ googleAuthStatus: answers.GoogleAuthStatus }>(answer(graphql(documents.GOOGLE_AUTH_STATUS)));
  says<Result<answers.GoogleAccess>>(answer(graphql(documents.GOOGLE_ACCESS)));
  says<{ credentials: { nodes: answers.CredentialFacts[] }; events: { nodes: { cursor: string }[] } }>(
    answer(graphql(documents.CREDENTIALS)),
  );
  says<{ tokenHealth: { cursor: string; credential: answers.CredentialFacts } }>(
    answer(graphql(documents.FOLLOW_TOKEN_HEALTH)),
  );
  says<Result<{ credential: answers.CredentialFacts }>>(answer(graphql(documents.REFRESH_CREDENTIAL)));
  says<Result<{ credential: answers.CredentialFacts }>>(answer(graphql(documents.REVOKE_CREDENTIAL)));
}
