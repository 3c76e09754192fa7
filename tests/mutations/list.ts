import { ACCOUNTS } from "./list/accounts.ts";
import { EVENTS } from "./list/events.ts";
import { FACTORS } from "./list/factors.ts";
import { FLOWS } from "./list/flows.ts";
import { HTTP } from "./list/http.ts";
import { LIB } from "./list/lib.ts";
import { OPERATIONS } from "./list/operations.ts";
import { PLATFORM } from "./list/platform.ts";
import { PROVIDERS } from "./list/providers.ts";
import { SCHEMA } from "./list/schema.ts";
import { SIGN_IN } from "./list/sign_in.ts";
import { VAULT } from "./list/vault.ts";
import { WIRING } from "./list/wiring.ts";

/** Every fault that the fast tests are tried with, by room. */
export const MUTATIONS = [
  ...SIGN_IN,
  ...ACCOUNTS,
  ...FACTORS,
  ...VAULT,
  ...FLOWS,
  ...EVENTS,
  ...OPERATIONS,
  ...PROVIDERS,
  ...HTTP,
  ...PLATFORM,
  ...WIRING,
  ...LIB,
  ...SCHEMA,
];
