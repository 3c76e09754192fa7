import type { Kysely } from "kysely";
import { type HasRandom, newToken, tokenHash } from "../../lib/crypto.ts";
import type { HasDatabase, Tables } from "../../platform/db/tables.ts";
import { CodeRejected } from "../../lib/errors.ts";
import type { Tx } from "../../events/transaction.ts";
import type { HasPublicUrl } from "../../lib/public_url.ts";
import type { HasClock } from "../../lib/clock.ts";
import { deleteLink, deleteLinksOf, findLinkRow, insertLink, lockLinkOwner } from "./link_store.ts";

export { deleteLinksOf as dropLinks, pruneLinks } from "./link_store.ts";

/** What a mailed link is good for. */
export type LinkPurpose = "VERIFY_EMAIL" | "RESET_PASSWORD";

/** A link's token begins with its purpose, is for that alone, and the page that has the button for it. */
const KINDS: Record<LinkPurpose, { prefix: string; path: string }> = {
  VERIFY_EMAIL: { prefix: "spv", path: "/verify-email" },
  RESET_PASSWORD: { prefix: "spw", path: "/reset-password" },
};

/** How long a link is good for. */
export type LinkLifetimes = Record<LinkPurpose, number>;

/** Whom a link was mailed to, and at which address: it proves that one and no other. */
export type LinkOwner = { userId: string; emailKey: string };

/**
 * A new link for the user, good once. What the browser opens is a page with a button: mail scanners follow links, and
 * following this one changes nothing. The token stands behind the #, which no browser sends and no server logs.
 */
export async function makeLink(
  tx: Tx<HasDatabase & HasClock & HasRandom & HasPublicUrl & HasLinkLifetimes>,
  purpose: LinkPurpose,
  owner: LinkOwner,
): Promise<{ url: string; expiresAt: Date }> {
  const { prefix, path } = KINDS[purpose];
  const { token, hash } = newToken(prefix, tx.random);
  const expiresAt = new Date(tx.now().getTime() + tx.linkSeconds[purpose] * 1000);
  await insertLink(tx.db, { ...owner, purpose, hash, expiresAt });
  return { url: `${tx.publicUrl()}${path}#token=${token}`, expiresAt };
}

/**
 * Whose link this is, without spending it. Throws `CodeRejected` for one that is unknown, of another purpose, used or
 * expired; one that cannot be ours costs no query.
 */
export async function findLink(
  services: { db: Kysely<Tables>; now: () => Date },
  purpose: LinkPurpose,
  token: string,
): Promise<LinkOwner> {
  const hash = tokenHash(KINDS[purpose].prefix, token);
  const owner = hash && await findLinkRow(services.db, purpose, hash, services.now());
  if (!owner) throw new CodeRejected();
  return owner;
}

/** Spends the link, and all others of this purpose of its owner's: of any number of callers one gets through. */
export async function spendLink(
  tx: Tx<HasDatabase & HasClock>,
  purpose: LinkPurpose,
  token: string,
): Promise<LinkOwner> {
  const hash = tokenHash(KINDS[purpose].prefix, token);
  if (!hash) throw new CodeRejected();
  await lockLinkOwner(tx.db, purpose, hash);
  const owner = await deleteLink(tx.db, purpose, hash, tx.now());
  if (!owner) throw new CodeRejected();
  await deleteLinksOf(tx.db, purpose, owner.userId);
  return owner;
}

/** Knows the lifetimes of mailed links. */
export type HasLinkLifetimes = { linkSeconds: LinkLifetimes };
