import type { AuthError } from "../lib/errors.ts";
import type { FlowChange } from "./flows.ts";

/** Returns the change that ends a flow as FAILED because of `error`. `advice` replaces the error's own remedy. */
export function failure(error: AuthError, advice = error.remedy.actionRequired): FlowChange {
  const { code, message } = error;
  const detail = "detail" in error && typeof error.detail === "string" ? { detail: error.detail } : {};
  const actionRequired = advice ? { actionRequired: advice } : {};
  return {
    status: "FAILED",
    failure: { code, message, ...actionRequired },
    steps: [{ name: "failed", message, data: { code, ...actionRequired, ...detail } }],
  };
}
