import { element } from "./element.ts";

/** The browser reads the text after the click. */
const READ_MS = 60_000;

/** Saves a text as a download of the user. */
export function saveFile(download: string, text: string, type: string): void {
  const href = URL.createObjectURL(new Blob([text], { type }));
  element("a", { href, download }).click();
  setTimeout(() => URL.revokeObjectURL(href), READ_MS);
}
