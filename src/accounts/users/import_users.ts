import { InvalidInput } from "../../lib/errors.ts";
import { type Origin, recordEvent } from "../../events/events.ts";
import { firstIdAt, idBytes, idOfBytes } from "../../lib/ids.ts";
import { hashCost, MOST_HASH_COST } from "../../lib/password_hash.ts";
import { type HasEventLog, inTransaction, type Tx } from "../../events/transaction.ts";
import type { HasClock } from "../../lib/clock.ts";
import type { HasRandom } from "../../lib/crypto.ts";
import type { HasKeys } from "../../platform/keys/root_key.ts";
import { insertFactors, type NewFactor } from "../factors/factors.ts";
import { importedFactors, type ImportFactors } from "../factors/import_factors.ts";
import {
  deleteImported,
  findClaimed,
  findOwned,
  findUsernameHolders,
  type ImportedUser,
  insertUsers,
  lockImports,
  type UsernameHolder,
} from "./import_store.ts";
import { parseEmail, parseUsername } from "./names.ts";
import { lockEmail } from "./address_store.ts";

/** A user of another system, as sent by an operator. `null` means absent. */
export type ImportUser = ImportFactors & {
  username?: string | null | undefined;
  email?: string | null | undefined;
  /** Whether the other system has verified the address. */
  emailVerified?: boolean | null | undefined;
  name?: string | null | undefined;
  /** argon2id or bcrypt. Without it the user needs another sign-in method. */
  passwordHash?: string | null | undefined;
  /** Defaults to the time of the import. */
  createdAt?: Date | null | undefined;
  disabled?: boolean | null | undefined;
};

/** A checked user with second factors. */
type CheckedUser = ImportedUser & { factors: readonly NewFactor[] };

/** The caller of an import. */
export type Importer = {
  origin: Origin;
  /** Whether the importer may assert that address, password and factors belong to one person: the role REVEAL. */
  vouches: boolean;
};

/** The result for one user. `reason` says why the user was not added. */
export type ImportOutcome = "added" | "existing" | { reason: string };

/** Users per transaction: enough to be fast, and few enough to keep it short. */
export const MOST_IMPORTED = 1_000;

/** Maximum characters of a display name. */
const MOST_NAME = 200;

type ImportServices = HasClock & HasEventLog & HasKeys & HasRandom;

/**
 * Adds users in one transaction and returns the outcome of each, in the same order. Outcomes are independent
 * of each other.
 *
 * A user is `existing`, and does not change, if an account has the given username and address (verified, if
 * given as verified) or, without a username, the address. Malformed users are not added, nor are users whose
 * username, verified address or passkey belongs to another account. Unless the importer vouches, users with two of a
 * verified address, a password and passkeys are not added either, because these may belong to different people (R54).
 *
 * @throws `InvalidInput` for more than `MOST_IMPORTED` users.
 */
export async function importUsers(
  services: ImportServices,
  { origin, vouches }: Importer,
  users: readonly ImportUser[],
): Promise<ImportOutcome[]> {
  if (users.length > MOST_IMPORTED) {
    throw new InvalidInput(`Cannot import: there are more than ${MOST_IMPORTED} users`, "Send fewer at once");
  }
  const checked = await Promise.all(users.map((user) => check(services, vouches, user)));
  const valid = checked.filter((each) => "id" in each);
  const outcomes = await inTransaction(services, (tx) => addUsers(tx, origin, valid));
  return checked.map((each) => "id" in each ? outcomes.get(each.id) ?? "existing" : each);
}

/**
 * Adds the users that do not exist yet. If a parallel registration takes a name, or a user is not added because of a
 * passkey, the others are checked again.
 */
async function addUsers(
  tx: Tx<ImportServices>,
  origin: Origin,
  users: readonly CheckedUser[],
): Promise<Map<string, ImportOutcome>> {
  const outcomes = new Map<string, ImportOutcome>();
  if (users.length === 0) return outcomes;
  await lockImports(tx.db);
  await lockClaims(tx, users);
  const isFinal = (id: string) => outcomes.get(id) === "added" || outcomes.get(id) === PASSKEY_TAKEN;
  for (let lostRace = true; lostRace;) {
    const open = users.filter(({ id }) => !isFinal(id));
    const taken = await findTaken(tx, open);
    const toAdd = open.filter((user) => {
      const outcome = outcomeOf(user, taken);
      if (outcome === "added") reserveNames(user, taken);
      else outcomes.set(user.id, outcome);
      return outcome === "added";
    });
    const { added, rejected } = await storeUsers(tx, toAdd);
    added.forEach((id) => outcomes.set(id, "added"));
    rejected.forEach((id) => outcomes.set(id, PASSKEY_TAKEN));
    lostRace = added.size < toAdd.length;
  }
  for (const { id, factors } of users.filter(({ id }) => outcomes.get(id) === "added")) {
    recordEvent(tx, "user.imported", origin, { userId: id }, {});
    for (const { id: factorId, kind, name } of factors) {
      recordEvent(tx, "factor.added", origin, { userId: id }, { kind, factorId, label: name });
    }
  }
  return outcomes;
}

const PASSKEY_TAKEN: ImportOutcome = { reason: "another user has one of these passkeys" };

/** Stores users with their factors, except users whose name is taken, and `rejected` users, whose passkey is. */
async function storeUsers(
  { db }: Tx<ImportServices>,
  users: readonly CheckedUser[],
): Promise<{ added: Set<string>; rejected: Set<string> }> {
  const stored = await insertUsers(db, users);
  const factors = users.flatMap((user) => stored.has(user.id) ? user.factors : []);
  const rejected = await insertFactors(db, factors);
  await deleteImported(db, [...rejected]);
  return { added: stored.difference(rejected), rejected };
}

/** Locks the addresses that are imported as verified and already claimed, so no other transaction can verify them. */
async function lockClaims(tx: Tx<ImportServices>, users: readonly ImportedUser[]): Promise<void> {
  const verified = users.flatMap(({ email, emailVerifiedAt }) => email && emailVerifiedAt ? email.key : []);
  for (const key of await findClaimed(tx.db, verified)) await lockEmail(tx.db, key);
}

/** The names in use: stored, or reserved earlier in the same import. */
type Taken = { usernames: Map<string, UsernameHolder>; proven: Set<string>; claimed: Set<string> };

async function findTaken(tx: Tx<ImportServices>, users: readonly ImportedUser[]): Promise<Taken> {
  const usernames = await findUsernameHolders(tx.db, users.flatMap(({ username }) => username?.key ?? []));
  return { usernames, ...await findOwned(tx.db, users.flatMap(({ email }) => email?.key ?? [])) };
}

function reserveNames({ username, email, emailVerifiedAt }: ImportedUser, taken: Taken): void {
  const proven = emailVerifiedAt !== null;
  if (username) taken.usernames.set(username.key, { emailKey: email?.key ?? null, proven });
  if (email && proven) taken.proven.add(email.key);
  else if (email && !username) taken.claimed.add(email.key);
}

function outcomeOf({ username, email, emailVerifiedAt }: ImportedUser, taken: Taken): ImportOutcome {
  const holder = username && taken.usernames.get(username.key);
  if (holder) {
    const same = !email || (holder.emailKey === email.key && (holder.proven || !emailVerifiedAt));
    return same ? "existing" : { reason: "the username belongs to a user without this e-mail address" };
  }
  const proven = email !== null && taken.proven.has(email.key);
  if (username) {
    return proven && emailVerifiedAt ? { reason: "another user has verified this e-mail address" } : "added";
  }
  const claimed = email !== null && !emailVerifiedAt && taken.claimed.has(email.key);
  return proven || claimed ? "existing" : "added";
}

/** Returns the user to store, or why it is invalid. */
async function check(
  services: ImportServices,
  vouches: boolean,
  user: ImportUser,
): Promise<CheckedUser | { reason: string }> {
  try {
    return await toCheckedUser(services, vouches, user);
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    const { actionRequired } = error.remedy;
    return { reason: actionRequired ? `${error.message}. ${actionRequired}` : error.message };
  }
}

/** Throws `InvalidInput`. */
async function toCheckedUser(
  services: ImportServices,
  vouches: boolean,
  user: ImportUser,
): Promise<CheckedUser> {
  const username = user.username == null ? null : parseUsername(user.username);
  const email = user.email == null ? null : parseEmail(user.email);
  if (!username && !email) throw new InvalidInput("there is neither a username nor an e-mail address");
  if (user.emailVerified && !email) {
    throw new InvalidInput("emailVerified is set, and there is no e-mail address");
  }
  const [one, other] = vouches ? [] : separableIn(user);
  if (other !== undefined) {
    throw new InvalidInput(
      `${one} together with ${other} needs an operator token with the role REVEAL`,
      "Use one, or leave out all but one of them",
    );
  }
  const at = services.now();
  const createdAt = user.createdAt ?? at;
  if (!(createdAt.getTime() >= 0 && createdAt <= at)) {
    throw new InvalidInput("createdAt is not between 1970 and now");
  }
  const id = newIdAt(createdAt, services.random);
  return {
    id,
    username,
    email,
    emailVerifiedAt: user.emailVerified ? at : null,
    name: user.name == null ? null : checkName(user.name),
    passwordHash: user.passwordHash == null ? null : checkHash(user.passwordHash),
    createdAt,
    disabledAt: user.disabled ? at : null,
    unvouched: !vouches && email !== null && hasProof(user),
    factors: await importedFactors(services, id, at, user),
  };
}

/**
 * Returns what may belong to different people. A verified address, a password and each passkey sign a user in alone;
 * an authenticator app only confirms a password or passkey.
 */
function separableIn({ emailVerified, passwordHash, totp, passkeys }: ImportUser): string[] {
  return [
    ...(emailVerified ? ["a verified address"] : []),
    ...(passwordHash == null ? [] : ["passwordHash"]),
    ...(passkeys ?? []).map((_, index) => index === 0 ? "a passkey" : "another passkey"),
    ...(emailVerified && totp?.length ? ["totp"] : []),
  ];
}

/** Whether the user can sign in, or confirm a sign-in, with something other than the address. */
function hasProof({ passwordHash, totp, passkeys }: ImportUser): boolean {
  return passwordHash != null || Boolean(totp?.length) || Boolean(passkeys?.length);
}

function checkName(text: string): string {
  const name = text.trim();
  const length = [...name].length;
  if (length === 0 || length > MOST_NAME || !name.isWellFormed() || /[\p{Cc}\p{Zl}\p{Zp}]/u.test(name)) {
    throw new InvalidInput(`name is not 1 to ${MOST_NAME} characters without control characters`);
  }
  return name;
}

function checkHash(hash: string): string {
  const cost = hashCost(hash);
  if (cost === undefined) {
    throw new InvalidInput(
      "passwordHash is not a hash that can be checked here",
      "Bring argon2id ($argon2id$v=19$…) or bcrypt ($2b$…), never a password itself; or leave it out",
    );
  }
  if (cost > MOST_HASH_COST) {
    throw new InvalidInput(
      "passwordHash takes too long to check at each sign-in",
      `Bring bcrypt up to cost 12, or argon2id up to 256 MiB and three passes; or leave it out, and the user sets a new password`,
    );
  }
  return hash;
}

const VERSION_7 = 0x70;
const RFC_9562 = 0x80;

/** Creates an id as if made at `at`, because users are listed by id, that is by creation. */
function newIdAt(at: Date, random: HasRandom["random"]): string {
  const bytes = idBytes(firstIdAt("usr", at));
  bytes.set(random(10), 6);
  bytes[6] = VERSION_7 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = RFC_9562 | ((bytes[8] ?? 0) & 0x3f);
  return idOfBytes("usr", bytes);
}
