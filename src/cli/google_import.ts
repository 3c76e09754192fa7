import { graphql } from "../client/operator/graphql.ts";
import { succeeded } from "../client/operator/succeeded.ts";
import { connect } from "./access.ts";
import { openFile } from "./lines.ts";
import { print } from "./print.ts";
import { readTokenFile } from "./google_token_file.ts";

const Import = graphql(`
  mutation ImportGoogleTokens($input: ImportGoogleCredentialInput!) {
    importGoogleCredential(input: $input) {
      __typename
      ... on CredentialChanged { credential { id label health scopes } }
      ... on AuthError { message actionRequired }
    }
  }
`);

/** `google import FILE`: imports the tokens of a file through the running server, and prints the credential. */
export async function importTokenFile(path: string): Promise<void> {
  const input = readTokenFile(await readText(path));
  const client = await connect();
  const answer = (await client.request(Import, { input })).importGoogleCredential;
  const { credential: { id, label, health, scopes } } = succeeded(answer, "CredentialChanged");
  print(
    `The tokens of ${label} are stored as ${id} (${health})`,
    `Granted: ${scopes.join(" ") || "unknown"}`,
  );
}

/** Maximum size of a token file, far above real ones. */
const MOST_CHARACTERS = 64 * 1024;

async function readText(path: string): Promise<string> {
  let text = "";
  for await (const line of (await openFile(path)).lines) {
    text += `${line.text ?? ""}\n`;
    if (text.length > MOST_CHARACTERS) break;
  }
  return text;
}
