import { DEVICE_HINT, escaped } from "../../accounts/links/link_mails.ts";
import type { NewMail } from "../../accounts/mail/mail.ts";

/** Builds the mail with a code. The subject starts with the code, so users can read it without opening the mail. */
export function codeMail(
  code: string,
  minutes: number,
  deviceUrl?: string,
): Pick<NewMail, "subject" | "sealedSubject" | "text" | "html"> {
  const hint =
    `It is valid for ${minutes} minutes and works once. If you did not ask for it, ignore this mail. Never share the code.`;
  const link = deviceUrl === undefined ? { text: "", html: "" } : {
    text: `\n${DEVICE_HINT}\n\n  ${deviceUrl}\n`,
    html: `<p>${escaped(DEVICE_HINT)}</p>
<p><a href="${escaped(deviceUrl)}">Use this browser</a><br><small>${escaped(deviceUrl)}</small></p>
`,
  };
  return {
    subject: "Your Sallyport code",
    sealedSubject: `${code} is your Sallyport code`,
    text: `Your Sallyport code:\n\n${code}\n\n${hint}\n${link.text}`,
    // One element without spaces, so a double click selects the whole code.
    html: `<!doctype html>
<html lang="en"><body>
<p>Your Sallyport code:</p>
<p><strong>${code}</strong></p>
<p>${hint}</p>
${link.html}</body></html>
`,
  };
}
