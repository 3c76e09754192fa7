import type { MailBody } from "../mail/mail.ts";

/** The content of a mail, without its recipient and expiry. */
export type LinkMail = MailBody & { subject: string };

/** Asks the owner of an address to confirm an account, by its username if it has one. */
export function verificationMail(url: string, username: string | null): LinkMail {
  const account = username === null ? "" : ` as ${username}`;
  return mail("Confirm your e-mail address", [
    `Someone, probably you, has registered${account} with this e-mail address. If it was you, open this page and confirm:`,
    { url, label: "Confirm the address" },
    "If it was not you, do not confirm: the other person could then sign in with your address.",
  ]);
}

/** Tells the owner of an address about an attempt to register with it. */
export function alreadyRegisteredMail(url: string): LinkMail {
  return mail("You have an account already", [
    "Someone, probably you, has tried to register with this e-mail address. You have an account with it already: sign in with its password, or choose a new one here:",
    { url, label: "Choose a new password" },
    "If it was not you, ignore this mail: nothing was changed.",
  ]);
}

/** Lets the owner of an account choose a new password. */
export function passwordResetMail(url: string, deviceUrl?: string): LinkMail {
  return mail("Choose a new password", [
    "Someone, probably you, has asked for a new password for your account. If it was you, open this page and choose one:",
    { url, label: "Choose a new password" },
    "If it was not you, ignore this mail: your password stays as it is.",
    ...(deviceUrl === undefined ? [] : [DEVICE_HINT, { url: deviceUrl, label: "Use this browser" }]),
  ]);
}

/** Tells the owner of an account that its password was changed. */
export function passwordChangedMail(): LinkMail {
  return mail("Your password was changed", [
    "The password of your account was changed, and every other device was signed out.",
    'If it was not you, choose a new password at once, with "forgot password".',
  ]);
}

/** The text above the link that makes the reader's browser a known device. */
export const DEVICE_HINT =
  "Too many mails or codes were requested or tried for your address. If sign-in is refused for this reason, open this page in the browser that you want to sign in with:";

type Part = string | { url: string; label: string };

/** Renders the same content as text and HTML. Both show the full URL, so that users see where the link leads. */
export function mail(subject: string, parts: readonly Part[]): LinkMail {
  const text = parts.map((part) => typeof part === "string" ? part : `  ${part.url}`).join("\n\n");
  const html = parts.map((part) =>
    typeof part === "string"
      ? `<p>${escaped(part)}</p>`
      : `<p><a href="${escaped(part.url)}">${escaped(part.label)}</a><br><small>${
        escaped(part.url)
      }</small></p>`
  ).join("\n");
  return {
    subject,
    text: `${text}\n`,
    html: `<!doctype html>\n<html lang="en"><body>\n${html}\n</body></html>\n`,
  };
}

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

export function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? "");
}
