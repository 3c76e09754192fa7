import type { Database } from "../platform/db/database.ts";
import type { DatabaseObserver } from "../platform/db/observed_dialect.ts";
import type { ProviderOverrides } from "../providers/providers.ts";
import type { Pauses } from "../platform/jobs/queue.ts";
import type { Setting } from "../operations/health/setting.ts";
import type { Keyring } from "../platform/keys/root_key.ts";
import type { PasswordHash } from "../lib/password_hash.ts";
import type { scheduleRefreshes } from "../vault/refresh_scheduler.ts";

/** Parts of the app that its caller provides or replaces. */
export type AppOverrides = ProviderOverrides & {
  /**
   * Opens the database, which must have the current schema, and calls `observe` after every statement. The app
   * closes it.
   */
  openDatabase: (observe: DatabaseObserver) => Promise<Database>;
  keys: Keyring;
  /** The emulated external systems. */
  emulated?: readonly string[];
  /** The environment variables, for operators. */
  settings?: readonly Setting[];
  /** The page that shows emulated mail, if mail is emulated. */
  inboxUrl?: string | undefined;
  /** Enables GraphiQL, introspection and suggestions. */
  development?: boolean;
  now?: () => Date;
  /** Replaces argon2id, for benchmarks that measure something else. */
  passwordHash?: PasswordHash;
  /** Password hashes in flight. By default one a core. */
  hashesAtOnce?: number | undefined;
  /** The number of servers in this process. By default one. */
  workers?: number;
  /** The server's URL if `PUBLIC_URL` is unset. Known once it listens. */
  listensAt?: () => string | undefined;
  /** Pauses between attempts to send a mail. */
  mailPauses?: Pauses;
  /** Replaces the scheduler that refreshes credentials between sweeps, for tests of the sweeps. */
  scheduleRefreshes?: typeof scheduleRefreshes;
};
