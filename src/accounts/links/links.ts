import type { Kysely } from "kysely";
import { type HasRandom, newToken, tokenHash } from "../../lib/crypto.ts";
import type { HasDatabase, Tables } from "../../platform/db/tables.ts";
import { CodeRejected } from "../../lib/errors.ts";
import type { Tx } from "../../events/transaction.ts";
import type { HasPublicUrl } from "../../lib/public_url.ts";
import type { HasClock } from "../../lib/clock.ts";
import { findLinkRow, insertLink, lockLinkOwner, useLink, voidLinksOf } from "./link_store.ts";

export { pruneLinks, voidLinksOf as dropLinks } from "./link_store.ts";

/** The purpose of a mailed link. */
export type LinkPurpose = "VERIFY_EMAIL" | "RESET_PASSWORD";

/** The prefix of the tokens of a purpose, and the page that its links open. */
const KINDS: Record<LinkPurpose, { prefix: string; path: string }> = {
  VERIFY_EMAIL: { prefix: "spv", path: "/verify-email" },
  RESET_PASSWORD: { prefix: "spw", path: "/reset-password" },
};

/** Lifetimes in seconds. */
export type LinkLifetimes = Record<LinkPurpose, number>;

/** The user and the address that the link was mailed to. The link proves this address only. */
export type LinkOwner = { userId: string; emailKey: string };

/**
 * Creates a link for the user, valid once. It opens a page with a button: mail scanners follow links, and
 * following this one changes nothing. The token is in the fragment, which browsers do not send and servers do
 * not log.
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
 * Returns the owner of a link without consuming it. Malformed tokens cost no query. Throws `CodeRejected` if
 * the token is unknown, used or expired, or has another purpose.
 */
export async function findLink(
  services: { db: Kysely<Tables>; now: () => Date },
  purpose: LinkPurpose,
  token: string,
): Promise<LinkOwner> {
  const hash = tokenHash(KINDS[purpose].prefix, token);
  const link = hash && await findLinkRow(services.db, purpose, hash);
  if (!link) throw new CodeRejected();
  const { userId, emailKey, expiresAt, usedAt } = link;
  if (usedAt) throw new CodeRejected({ userId, detail: "link_used" });
  if (expiresAt <= services.now()) throw new CodeRejected({ userId, detail: "link_expired" });
  return { userId, emailKey };
}

/**
 * Consumes the link and voids the user's other links of this purpose. Of several parallel callers, one
 * succeeds. Throws `CodeRejected`.
 */
export async function consumeLink(
  tx: Tx<HasDatabase & HasClock>,
  purpose: LinkPurpose,
  token: string,
): Promise<LinkOwner> {
  const hash = tokenHash(KINDS[purpose].prefix, token);
  if (!hash) throw new CodeRejected();
  await lockLinkOwner(tx.db, purpose, hash);
  const owner = await useLink(tx.db, purpose, hash, tx.now());
  if (!owner) throw new CodeRejected();
  await voidLinksOf(tx.db, purpose, owner.userId, tx.now());
  return owner;
}

/** Provides the lifetimes of mailed links. */
export type HasLinkLifetimes = { linkSeconds: LinkLifetimes };
