import { MODAL } from "../modal_terms.ts";
import { SYSTEM } from "../../../events/events.ts";
import { inParallel } from "../../../lib/parallel.ts";
import { type HasEventLog, inTransaction } from "../../../events/transaction.ts";
import type { HasRefreshHorizon } from "../../../vault/refresh_timing.ts";
import type { HasKeys } from "../../../platform/keys/root_key.ts";
import type { HasClock } from "../../../lib/clock.ts";
import { type Credential, CredentialNotFound, findUnchecked } from "../../../vault/vault.ts";
import { type HasModal, ModalUnreachable } from "../api/modal_api.ts";
import { checkToken, isBadToken, modalTokenOf, noteConfirmed, noteFailure } from "./modal_credential.ts";
import { AuthError } from "../../../lib/errors.ts";

type RecheckServices = HasClock & HasEventLog & HasRefreshHorizon & HasKeys & HasModal;

/** Modal is asked about one credential no more often, however often the vault is swept. */
const LEAST_HOURS_BETWEEN = 5;

const AT_ONCE = 5;
const BATCH = 100;

/**
 * Asks Modal about the credentials that it has not been asked about for five hours, five at a time: whether they work,
 * and when they end. One that fails holds up none; when a whole batch does, the others are left to the next time.
 * Throws the first failure when all is done. Returns how many it asked about.
 */
export async function recheckModalCredentials(services: RecheckServices): Promise<number> {
  const before = new Date(services.now().getTime() - LEAST_HOURS_BETWEEN * 60 * 60 * 1000);
  let after = "";
  let asked = 0;
  const failures: unknown[] = [];
  while (true) {
    const batch = await findUnchecked(services.db, MODAL, before, after, BATCH);
    const failedBefore = failures.length;
    await inParallel(
      batch,
      AT_ONCE,
      (credential) => recheck(services, credential).catch((error: unknown) => failures.push(error)),
    );
    asked += batch.length;
    after = batch.at(-1)?.id ?? after;
    if (batch.length < BATCH || failures.length - failedBefore === batch.length) break;
  }
  if (failures.length > 0) throw failures[0];
  return asked;
}

async function recheck(services: RecheckServices, credential: Credential): Promise<void> {
  try {
    const token = modalTokenOf(services.keys, credential);
    const { value: info } = await checkToken(services.modal, token);
    await inTransaction(services, (tx) => noteConfirmed(tx, SYSTEM, credential.id, info));
  } catch (error) {
    if (!(error instanceof AuthError)) throw error;
    // Revoked or deleted meanwhile.
    if (error instanceof CredentialNotFound) return;
    await inTransaction(services, (tx) => noteFailure(tx, SYSTEM, credential.id, error));
    if (error instanceof ModalUnreachable && !isBadToken(error)) throw error;
  }
}
