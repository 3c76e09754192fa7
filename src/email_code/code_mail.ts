import type { NewMail } from "../mail/mail.ts";

/** The mail that brings a code. Its subject begins with it, so that it can be read without opening the mail. */
export function codeMail(
  code: string,
  minutes: number,
): Pick<NewMail, "subject" | "sealedSubject" | "text" | "html"> {
  const hint =
    `It is good for ${minutes} minutes, once. If you did not ask for it, ignore this mail, and give it to nobody.`;
  return {
    subject: "Your Sallyport code",
    sealedSubject: `${code} is your Sallyport code`,
    text: `Your Sallyport code:\n\n${code}\n\n${hint}\n`,
    // In one element, without spaces: one double click takes all of it.
    html: `<!doctype html>
<html lang="en"><body>
<p>Your Sallyport code:</p>
<p><strong>${code}</strong></p>
<p>${hint}</p>
</body></html>
`,
  };
}
