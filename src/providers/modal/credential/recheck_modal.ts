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

/** Minimum between two checks of a credential, however often this runs. */
const MIN_HOURS_BETWEEN = 5;

const MAX_PARALLEL = 5;
const BATCH = 100;

/**
 * Checks the credentials that were not checked for five hours, five in parallel: whether they work and when they
 * expire. A failure does not stop the others, but if a whole batch fails, the rest waits for the next run.
 *
 * @returns the number of credentials checked.
 * @throws the first failure, after all checks.
 */
export async function recheckModalCredentials(services: RecheckServices): Promise<number> {
  const before = new Date(services.now().getTime() - MIN_HOURS_BETWEEN * 60 * 60 * 1000);
  let afterId = "";
  let checked = 0;
  const failures: unknown[] = [];
  while (true) {
    const batch = await findUnchecked(services.db, MODAL, before, afterId, BATCH);
    const failedBefore = failures.length;
    await inParallel(
      batch,
      MAX_PARALLEL,
      (credential) => recheck(services, credential).catch((error: unknown) => failures.push(error)),
    );
    checked += batch.length;
    afterId = batch.at(-1)?.id ?? afterId;
    if (batch.length < BATCH || failures.length - failedBefore === batch.length) break;
  }
  if (failures.length > 0) throw failures[0];
  return checked;
}

async function recheck(services: RecheckServices, credential: Credential): Promise<void> {
  try {
    const token = modalTokenOf(services.keys, credential);
    const { value: info } = await checkToken(services.modal, token);
    await inTransaction(services, (tx) => noteConfirmed(tx, SYSTEM, credential.id, info));
  } catch (error) {
    if (!(error instanceof AuthError)) throw error;
    // Revoked or deleted in the meantime.
    if (error instanceof CredentialNotFound) return;
    await inTransaction(services, (tx) => noteFailure(tx, SYSTEM, credential.id, error));
    if (error instanceof ModalUnreachable && !isBadToken(error)) throw error;
  }
}
