/** The method's id. */
export const GOOGLE = "GOOGLE";
