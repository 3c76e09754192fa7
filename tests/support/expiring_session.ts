import type { TestApp } from "./app.ts";
import { newPerson, type Person, refresh } from "./people.ts";

/** How long the tokens of `fresh` remain valid, in seconds. */
const LEFT_SECONDS = 2;

/** A signed-in user whose tokens soon expire, as an application with another project's client keeps them. */
export type ExpiringSession = {
  person: Person;
  /** The access token that the application has. */
  token(): string;
  /** Makes the application's token invalid. */
  expire(): void;
  /** Gets a new token, which expires soon. */
  renew(): Promise<void>;
  /** The number of renewals. */
  renewals(): number;
};

/** Signs in a new user of an app with `ACCESS_TOKEN_MINUTES=1`. */
export async function expiringSession(app: TestApp): Promise<ExpiringSession> {
  const person = await newPerson(app);
  let { accessToken, refreshToken } = person;
  let renewals = 0;
  return {
    person,
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
