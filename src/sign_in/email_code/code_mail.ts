import { DEVICE_HINT, escaped } from "../../accounts/links/link_mails.ts";
import type { NewMail } from "../../accounts/mail/mail.ts";

/** The mail that brings a code. Its subject begins with it, so that it can be read without opening the mail. */
export function codeMail(
  code: string,
  minutes: number,
  deviceUrl?: string,
): Pick<NewMail, "subject" | "sealedSubject" | "text" | "html"> {
  const hint =
    `It is good for ${minutes} minutes, once. If you did not ask for it, ignore this mail, and give it to nobody.`;
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
    // In one element, without spaces: one double click takes all of it.
    html: `<!doctype html>
<html lang="en"><body>
<p>Your Sallyport code:</p>
<p><strong>${code}</strong></p>
<p>${hint}</p>
${link.html}</body></html>
`,
  };
}
