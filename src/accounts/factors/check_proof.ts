import type { Origin } from "../../events/events.ts";
import type { Tx } from "../../events/transaction.ts";
import type { User } from "../users/users.ts";
import type { ChallengeFlow } from "./challenge.ts";
import type { NoticeServices } from "./factor_mails.ts";
import type { HasRelyingParty } from "./passkeys/relying_party.ts";
import { provePasskey } from "./passkeys/prove_passkey.ts";
import type { Proof, ProofOutcome } from "./proof.ts";
import { verifyTotp } from "./totp/verify_totp.ts";
import { useRecoveryCode } from "./use_recovery_code.ts";

/** Checks the proof of a factor of the user, and consumes it if it is right. The user and the flow must be locked. */
export async function checkProof(
  tx: Tx<NoticeServices & HasRelyingParty>,
  origin: Origin,
  user: User,
  flow: ChallengeFlow,
  proof: Proof,
): Promise<ProofOutcome> {
  if (!flow.detail.factors.includes(proof.kind)) return { refused: "other_kind" };
  switch (proof.kind) {
    case "TOTP":
      return await verifyTotp(tx, user.id, proof.code);
    case "RECOVERY_CODES":
      return await useRecoveryCode(tx, origin, user, proof.code);
    case "PASSKEY":
      return await provePasskey(tx, origin, user.id, flow, proof.response);
  }
}
