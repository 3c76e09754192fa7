import { InvalidInput } from "../../lib/errors.ts";
import { loadLibrary } from "./passkeys/library.ts";
import { normalizeRecoveryCode } from "./recovery_codes.ts";
import { normalizeTotp } from "./totp/totp.ts";

/** A proof as the client sends it. Exactly one property is set. */
export type ProofInput = {
  totp?: string | null | undefined;
  recoveryCode?: string | null | undefined;
  passkey?: unknown;
};

/** A well-formed proof. */
export type Proof =
  | { kind: "TOTP"; code: string }
  | { kind: "RECOVERY_CODES"; code: string }
  | { kind: "PASSKEY"; response: unknown };

/** The proven factor, or the reason of the refusal, which only operators see. */
export type ProofOutcome = { factorId: string } | { refused: string };

/**
 * Parses the proof. For a passkey, also loads the library, so that no transaction waits for that. Throws
 * `InvalidInput` unless there is exactly one proof and it is well-formed.
 */
export async function readProof(input: ProofInput): Promise<Proof> {
  const proof = parseProof(input);
  if (proof.kind === "PASSKEY") await loadLibrary();
  return proof;
}

function parseProof({ totp, recoveryCode, passkey }: ProofInput): Proof {
  const given = [totp, recoveryCode, passkey].filter((each) => each != null);
  if (given.length !== 1) {
    throw new InvalidInput(
      "Cannot check the second factor: give exactly one of totp, recoveryCode and passkey",
    );
  }
  if (totp != null) return { kind: "TOTP", code: parsed("totp", normalizeTotp(totp), "six digits") };
  if (recoveryCode == null) return { kind: "PASSKEY", response: passkey };
  const code = parsed("recoveryCode", normalizeRecoveryCode(recoveryCode), "16 letters and digits");
  return { kind: "RECOVERY_CODES", code };
}

/** Throws `InvalidInput` if the code is malformed. */
function parsed(name: string, code: string | undefined, shape: string): string {
  if (code === undefined) throw new InvalidInput(`Cannot use this ${name}: it is not ${shape}`);
  return code;
}
