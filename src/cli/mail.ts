import { readServer } from "../client/operator/running_server.ts";
import { dataFolder } from "../client/operator/variables.ts";
import { CommandFailed, table } from "./command.ts";
import { print } from "./print.ts";

/** A mail of the emulated inbox. */
type Mail = { number: number; at: string; to: string[]; subject: string; text: string };

/** `mail list`, from a server that emulates mail. */
export async function listMails(): Promise<void> {
  print(...listing(await readInbox()));
}

/** `mail show`: shows one mail; without `number` the newest one. */
export async function showMail(number?: number): Promise<void> {
  print(...shown(await readInbox(), number));
}

/** Returns the mails, oldest first. Throws `CommandFailed` if no server on this folder emulates mail. */
async function readInbox(): Promise<Mail[]> {
  const server = await readServer(dataFolder());
  if (!server?.inbox) {
    throw new CommandFailed(
      "No server on this folder emulates mail: start one with `deno task dev`, without SMTP_URL",
    );
  }
  const response = await fetch(new URL("/mails.json", server.inbox)).catch(() => undefined);
  if (!response?.ok) {
    await response?.body?.cancel();
    throw new CommandFailed(`The inbox at ${server.inbox} does not answer: start the server again`);
  }
  return await response.json() as Mail[];
}

function listing(mails: readonly Mail[]): string[] {
  if (mails.length === 0) return ["No mail yet"];
  const rows = mails.map((mail) => [`${mail.number}`, mail.at, mail.to.join(", "), mail.subject]);
  return table([["N", "AT", "TO", "SUBJECT"], ...rows]);
}

function shown(mails: readonly Mail[], number: number | undefined): string[] {
  const mail = number === undefined ? mails.at(-1) : mails.find((each) => each.number === number);
  if (!mail) {
    throw new CommandFailed(number !== undefined ? `No mail has the number ${number}` : "No mail yet");
  }
  const head = [`To: ${mail.to.join(", ")}`, `Subject: ${mail.subject}`, `At: ${mail.at}`];
  return [...head, "", ...mail.text.trimEnd().split(/\r?\n/)];
}
