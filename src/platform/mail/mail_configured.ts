/**
 * Tells whether mail can be sent. Without a mail server, operations that need one throw `MailNotConfigured`.
 */
export type HasMail = { mailConfigured: boolean };
