/** The method's id. */
export const PASSWORD = "PASSWORD";
