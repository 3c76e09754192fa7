import { AuthError } from "../../../lib/errors.ts";
import { type ModalApi, type ModalReachability, ModalUnreachable } from "./modal_api.ts";

/** Whether Modal is reachable from here, or the error if not. */
export type ModalStatus =
  | { reached: ModalReachability; error?: never }
  | { reached?: never; error: AuthError };

export async function modalStatus(modal: Pick<ModalApi, "reach">): Promise<ModalStatus> {
  try {
    return { reached: await modal.reach() };
  } catch (error) {
    if (error instanceof AuthError) return { error };
    throw error;
  }
}

/** The error message with its technical detail, for operators. */
export function explained(error: AuthError): string {
  const detail = error instanceof ModalUnreachable ? error.detail : undefined;
  return detail === undefined ? error.message : `${error.message} (${detail})`;
}
