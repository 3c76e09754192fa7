/** The method's id, and the kind of its flows. */
export const EMAIL_CODE = "EMAIL_CODE";
