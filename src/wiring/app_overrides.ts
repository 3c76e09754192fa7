import type { Database } from "../platform/db/database.ts";
import type { DatabaseObserver } from "../platform/db/observed_dialect.ts";
import type { ProviderOverrides } from "../providers/providers.ts";
import type { Pauses } from "../platform/jobs/queue.ts";
import type { Keyring } from "../platform/keys/root_key.ts";
import type { PasswordHash } from "../lib/password_hash.ts";
import type { scheduleRefreshes } from "../vault/refresh_scheduler.ts";

/** What the app is made of and does not make itself. */
export type AppOverrides = ProviderOverrides & {
  /** Opens the database, telling `observe` of every statement. The app closes it. Its schema is current. */
  openDatabase: (observe: DatabaseObserver) => Promise<Database>;
  keys: Keyring;
  /** Which outside systems are stand-ins. */
  emulated?: readonly string[];
  /** Where people read the mail that it sends, when mail is emulated. */
  inboxUrl?: string | undefined;
  /** GraphiQL, introspection and suggestions. */
  development?: boolean;
  now?: () => Date;
  /** How passwords are hashed: argon2id, unless a bench measures everything else. */
  passwordHash?: PasswordHash;
  /** Where people reach the server when `PUBLIC_URL` does not say: known when it listens. */
  listensAt?: () => string | undefined;
  /** Between the tries to send a mail. */
  mailPauses?: Pauses;
  /** What tends the vault from one sweep to the next: nothing, where a test is about the sweeps. */
  scheduleRefreshes?: typeof scheduleRefreshes;
};
