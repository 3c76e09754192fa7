/** The method's id. */
export const GUEST = "GUEST";
