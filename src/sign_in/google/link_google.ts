import { type Caller, originOf } from "../../operations/caller.ts";
import { AuthError, Unauthenticated } from "../../lib/errors.ts";
import { type Origin, recordEvent } from "../../events/events.ts";
import { type LiveGuest, liveGuestOf } from "../guests/guests.ts";
import { newId } from "../../lib/ids.ts";
import type { Tx } from "../../events/transaction.ts";
import type { HasClock } from "../../lib/clock.ts";
import type { HasDatabase } from "../../platform/db/tables.ts";
import type { FactorKind } from "../../operations/assurance.ts";
import { requireFreshProof } from "../../accounts/factors/step_up.ts";
import type { Session } from "../../accounts/sessions/sessions.ts";
import {
  authIdOf,
  findByEmail,
  findIdentityOwner,
  type Identity,
  insertIdentity,
  lockEmail,
  lockIdentity,
  lockUser,
  type NewUser,
  setEmailVerified,
  setProvidersProfile,
  type User,
} from "../../accounts/users/users.ts";
import { GOOGLE } from "./google_terms.ts";
import type { GoogleProfile } from "./profile.ts";

/**
 * The address belongs to an account that Google cannot prove to be the caller's, or the identity belongs to
 * another account. The remedy is to sign in to that account.
 */
export class LinkRequiresProof extends AuthError {
  readonly code = "LINK_REQUIRES_PROOF";
  /** @param holder the user with the address, for the event of the refusal */
  constructor(conflict: "address" | "identity", holder?: User) {
    super(
      conflict === "address"
        ? "Cannot sign in with Google: an account with this e-mail address exists, and Google cannot prove that it is yours"
        : "Cannot link this Google account: it belongs to another account here",
      {
        actionRequired: conflict === "address"
          ? "Sign in to that account, with its password or with a code mailed to the address, and link Google from there"
          : "Sign out, and sign in with Google",
      },
    );
    if (holder?.emailVerifiedAt) this.note = { userId: holder.id };
  }
}

/** The owner of an identity. A new user is not stored yet; `link` must run after it is stored. */
type Owned = {
  userId: string;
  newUser?: NewUser;
  /** The kinds of factors that the signed-in user has proven, and when. */
  factors?: readonly FactorKind[];
  authenticatedAt?: Date;
  link: () => Promise<void>;
};

/** The owner, and the calling guest if there is one. */
export type Linked = Owned & { guest: LiveGuest | undefined };

type LinkTx = Tx<HasDatabase & HasClock>;

/**
 * Chooses the user for a Google identity that no user has yet (R27), in this order: the signed-in user; the
 * user who verified the same address, if Google is authoritative for it; the calling guest; a new user.
 *
 * @throws `LinkRequiresProof`; `StepUpRequired` if the last proof is too old or weak; `Unauthenticated` if the
 * session has ended.
 */
export async function linkGoogle(
  tx: LinkTx,
  caller: Caller,
  identity: Identity,
  profile: GoogleProfile,
): Promise<Linked> {
  await lockIdentity(tx.db, identity);
  if (profile.email) await lockEmail(tx.db, profile.email.key);
  const guest = await liveGuestOf(tx, caller);
  return { ...await ownerOf(tx, caller, guest, identity, profile), guest };
}

async function ownerOf(
  tx: LinkTx,
  caller: Caller,
  guest: LiveGuest | undefined,
  identity: Identity,
  profile: GoogleProfile,
): Promise<Owned> {
  const owner = await lockOwner(tx, identity);
  const signedInUser = caller.kind === "user" && !caller.isGuest ? caller : undefined;
  if (owner !== undefined) {
    if (signedInUser && signedInUser.userId !== owner) throw new LinkRequiresProof("identity");
    // A parallel request of the same user has linked the identity.
    return { userId: owner, link: () => Promise.resolve() };
  }
  const holder = profile.email ? await findByEmail(tx.db, profile.email.key) : undefined;
  if (signedInUser) {
    // Adding a sign-in method requires a fresh proof: an open session is not enough.
    const { session } = await requireFreshProof(tx, signedInUser, "link Google");
    const isFree = profile.authoritative && !holder;
    await takeProfile(
      tx,
      caller,
      signedInUser.userId,
      identity,
      isFree ? profile : { ...profile, email: null },
    );
    return { ...linkTo(tx, caller, identity, profile, signedInUser.userId), ...proofsOf(session) };
  }
  if (holder) {
    // A company may reassign an address to another employee, with another subject. So if the account already
    // has a Google identity, the same address proves nothing.
    // Access to the mailbox alone must not add a sign-in method to an account with second factors.
    const proven = holder.emailVerifiedAt && profile.authoritative && holder.authId === null &&
      holder.factors.length === 0;
    if (!proven) throw new LinkRequiresProof("address", holder);
    if (!await takeProfile(tx, caller, holder.id, identity, profile)) throw new Unauthenticated();
    return linkTo(tx, caller, identity, profile, holder.id);
  }
  const upgraded = guest && await takeProfile(tx, caller, guest.userId, identity, profile, true)
    ? guest.userId
    : undefined;
  const userId = upgraded ?? newId("usr");
  const origin: Origin = { ...originOf(caller), actor: `user:${userId}` };
  recordEvent(tx, "user.registered", origin, { userId }, { method: GOOGLE });
  const linked = linkTo(tx, caller, identity, profile, userId);
  if (upgraded) return linked;
  if (profile.authoritative) recordEvent(tx, "email.verified", origin, { userId }, {});
  return { ...linked, newUser: newAccount(tx, userId, identity, profile) };
}

/** The proofs of the old session count for the new one, so users with factors need not prove them again. */
function proofsOf({ factors, authenticatedAt }: Session): Pick<Owned, "factors" | "authenticatedAt"> {
  return factors.length > 0 ? { factors, authenticatedAt } : {};
}

/**
 * Returns the owner of the identity and locks the user until the transaction ends, so the identity cannot be
 * removed meanwhile.
 */
export async function lockOwner(tx: LinkTx, identity: Identity): Promise<string | undefined> {
  const owner = await findIdentityOwner(tx.db, identity);
  if (owner === undefined || !await lockUser(tx.db, owner)) return undefined;
  return await findIdentityOwner(tx.db, identity);
}

/**
 * Updates the user from the Google profile, and marks the address as verified if it is the user's and Google
 * is authoritative for it. An existing address stays. Returns false if the user does not exist or `isGuest`
 * does not match.
 */
export async function takeProfile(
  tx: LinkTx,
  caller: Caller,
  userId: string,
  identity: Identity,
  profile: GoogleProfile,
  isGuest = false,
): Promise<boolean> {
  const authId = authIdOf(identity);
  if (!await setProvidersProfile(tx.db, userId, isGuest, { ...profile, authId })) return false;
  const { email, authoritative } = profile;
  if (email && authoritative && await setEmailVerified(tx.db, userId, email.key, tx.now())) {
    recordEvent(tx, "email.verified", { ...originOf(caller), actor: `user:${userId}` }, { userId }, {});
  }
  return true;
}

function linkTo(
  tx: LinkTx,
  caller: Caller,
  identity: Identity,
  { email }: GoogleProfile,
  userId: string,
): Owned {
  const link = async () => {
    await insertIdentity(tx.db, identity, { userId, email: email?.key ?? null, at: tx.now() });
    const origin: Origin = { ...originOf(caller), actor: `user:${userId}` };
    recordEvent(tx, "identity.linked", origin, { userId }, { provider: "google" });
  };
  return { userId, link };
}

function newAccount(
  tx: LinkTx,
  id: string,
  identity: Identity,
  { email, authoritative, name, pictureUrl }: GoogleProfile,
): NewUser {
  const account = { id, username: null, passwordHash: null, createdAt: tx.now() };
  const emailVerifiedAt = email && authoritative ? tx.now() : null;
  return { ...account, email, emailVerifiedAt, name, pictureUrl, authId: authIdOf(identity) };
}
