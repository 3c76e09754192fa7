/** The roles of operators. Each role includes the previous one. */
export const OPERATOR_ROLES = ["READ", "OPERATE", "REVEAL"] as const;

export type OperatorRole = (typeof OPERATOR_ROLES)[number];

/** Whether `role` includes `needed`. */
export function includesRole(role: OperatorRole, needed: OperatorRole): boolean {
  return OPERATOR_ROLES.indexOf(role) >= OPERATOR_ROLES.indexOf(needed);
}
