/** What an operator may do; each role includes the one before it. */
export const OPERATOR_ROLES = ["READ", "OPERATE", "REVEAL"] as const;

export type OperatorRole = (typeof OPERATOR_ROLES)[number];

/** Whether `role` allows what `needed` allows. */
export function includesRole(role: OperatorRole, needed: OperatorRole): boolean {
  return OPERATOR_ROLES.indexOf(role) >= OPERATOR_ROLES.indexOf(needed);
}
