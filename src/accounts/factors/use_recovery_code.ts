import type { User } from "../users/users.ts";
import { type Origin, recordEvent } from "../../events/events.ts";
import type { Tx } from "../../events/transaction.ts";
import { type NoticeServices, notify, recoveryCodeUsedMail } from "./factor_mails.ts";
import { noteUse } from "./factor_store.ts";
import type { ProofOutcome } from "./proof.ts";
import { hashOfRecoveryCode } from "./recovery_codes.ts";
import { consumeRecoveryCode, countRecoveryCodes } from "./recovery_code_store.ts";

/** Consumes a recovery code of the user, and mails the user. Of several parallel uses, one succeeds. */
export async function useRecoveryCode(
  tx: Tx<NoticeServices>,
  origin: Origin,
  user: User,
  code: string,
): Promise<ProofOutcome> {
  if (!await consumeRecoveryCode(tx.db, user.id, hashOfRecoveryCode(code))) return { refused: "wrong_code" };
  const left = await countRecoveryCodes(tx.db, user.id);
  recordEvent(tx, "recovery_code.used", origin, { userId: user.id }, { left });
  await notify(tx, user, recoveryCodeUsedMail(left));
  return { factorId: await noteUse(tx.db, user.id, "RECOVERY_CODES", tx.now()) };
}
