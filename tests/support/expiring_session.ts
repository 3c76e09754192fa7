import type { TestApp } from "./app.ts";
import { refresh, type Tokens } from "./people.ts";

/** How long the tokens of `fresh` remain valid, in seconds. */
const LEFT_SECONDS = 2;

type SessionUser = { id: string; username: string };

/** A signed-in user whose tokens soon expire, as an application with another project's client keeps them. */
export type ExpiringSession = {
  user: SessionUser;
  /** The access token that the application has. */
  token(): string;
  /** Makes the application's token invalid. */
  expire(): void;
  /** Gets a new token, which expires soon. */
  renew(): Promise<void>;
  /** The number of renewals. */
  renewals(): number;
};

/** Keeps the session of a user of an app with `ACCESS_TOKEN_MINUTES=1`. */
export function expiringSession(app: TestApp, user: SessionUser, tokens: Tokens): ExpiringSession {
  let { accessToken, refreshToken } = tokens;
  let renewals = 0;
  return {
    user,
    token: () => accessToken,
    expire: () => app.clock.advance(61),
    renew: async () => {
      ({ accessToken, refreshToken } = (await refresh(app, refreshToken)).tokens);
      renewals++;
      app.clock.advance(60 - LEFT_SECONDS);
    },
    renewals: () => renewals,
  };
}
