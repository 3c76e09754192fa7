import type { Fetch } from "../../src/http/router.ts";
import { read } from "./crafted_tokens.ts";
import { mutate } from "./people.ts";
import { post } from "./wire.ts";

type App = { fetch: Fetch };

/** Replaces a user's roles with an operator token or an API key. */
export function setRoles(app: App, token: string | undefined, userId: string, roles: readonly string[]) {
  return mutate<{ user: { roles: string[] }; message: string }>(
    app,
    `mutation ($userId: ID!, $roles: [String!]!) { setUserRoles(userId: $userId, roles: $roles) {
      __typename ... on UserChanged { user { roles } } ... on AuthError { code message } } }`,
    { token, variables: { userId, roles } },
  );
}

/** The roles in an access token. */
export const rolesIn = (accessToken: string) => read(accessToken, 1)["roles"];

/** The roles of the user with this token, as the API shows them. */
export async function viewersRoles(app: App, token: string): Promise<string[] | undefined> {
  const { data } = await post(app, "{ viewer { roles } }", { token });
  return (data?.["viewer"] as { roles: string[] } | undefined)?.roles;
}
