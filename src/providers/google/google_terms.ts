import { declareLimits, HOURS } from "../../operations/limits/limit.ts";
import { list, text } from "../../platform/config/values.ts";
import { optional } from "../../platform/config/variable.ts";
import { Secret } from "../../lib/secret.ts";
import { readClientFile } from "./api/client_file.ts";

/** The provider's id, and its name in paths, commands and flags. */
export const GOOGLE = "GOOGLE";
export const GOOGLE_SLUG = "google";

/** The kind of its flows. */
export const GOOGLE_AUTHORIZATION = "GOOGLE_AUTHORIZATION";

export const GOOGLE_VARIABLES = {
  GOOGLE_CLIENT_ID: optional(
    "Client ids from Google's console, separated by commas. The first one requests authorization; ID tokens for any of them are accepted",
    clientIds,
  ),
  GOOGLE_CLIENT_SECRET: optional(
    "Secret of the first client; required with `GOOGLE_CLIENT_ID`",
    (value) => new Secret(value),
  ),
  GOOGLE_CREDENTIALS_FILE: optional(
    "Client file from Google's console, instead of `GOOGLE_CLIENT_ID` and `GOOGLE_CLIENT_SECRET`. It must be in Sallyport's folder, because the server may read only that",
    readClientFile,
  ),
};

/** Parses one or more client ids. */
function clientIds(value: string): string[] {
  const ids = list(text(/^[\x21-\x7e]{1,255}$/, "client ids of Google's console"))(value);
  if (ids.length === 0) throw new Error("must be client ids of Google's console");
  return ids;
}

/** Checks that Google's client is configured by its id and secret, or by its file. */
export function googleProblems(env: (name: string) => string | undefined): string[] {
  const [id, secret, file] = ["GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET", "GOOGLE_CREDENTIALS_FILE"].map(env);
  if (file && (id || secret)) {
    return ["GOOGLE_CREDENTIALS_FILE must not be set with GOOGLE_CLIENT_ID or GOOGLE_CLIENT_SECRET"];
  }
  if (id && !secret) return ["GOOGLE_CLIENT_SECRET must be set with GOOGLE_CLIENT_ID"];
  return secret && !id ? ["GOOGLE_CLIENT_ID must be set with GOOGLE_CLIENT_SECRET"] : [];
}

export const GOOGLE_LIMITS = declareLimits({
  statePerAddress: {
    most: 60,
    seconds: HOURS,
    what: "finish a Google authorization",
    variable: "LIMIT_STATES_PER_ADDRESS_HOUR",
    about: "Refused returns from Google's page from one client address",
  },
  googlePerUser: {
    most: 100,
    seconds: HOURS,
    what: "connect Google",
    variable: "LIMIT_GOOGLE_CONNECTIONS_PER_USER_HOUR",
    about: "Google authorizations started, and tokens imported, by one user or operator",
  },
});

declare module "../../events/events.ts" {
  interface EventData {
    "google.state_rejected": { reason: string };
  }
}
