import { readServer } from "../client/operator/running_server.ts";
import { dataFolder } from "../client/operator/variables.ts";
import { CommandFailed, table, UsageError } from "./command.ts";
import { print } from "./print.ts";

const MAIL_USAGE = `mail list
mail show [N]      without N: the newest one`;

/** A mail of the emulated inbox. */
type Mail = { number: number; at: string; to: string[]; subject: string; text: string };

/** `mail list|show`: shows the mail of a server that emulates mail. */
export async function mail(args: string[]): Promise<void> {
  const [action, number, more] = args;
  const usable = action === "list" ? number === undefined : action === "show" && /^\d*$/.test(number ?? "");
  if (!usable || more !== undefined) throw new UsageError(`Usage:\n${MAIL_USAGE}`);
  const mails = await readInbox();
  print(...(action === "list" ? listing(mails) : shown(mails, number)));
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

function shown(mails: readonly Mail[], number: string | undefined): string[] {
  const mail = number ? mails.find((each) => each.number === Number(number)) : mails.at(-1);
  if (!mail) throw new CommandFailed(number ? `No mail has the number ${number}` : "No mail yet");
  const head = [`To: ${mail.to.join(", ")}`, `Subject: ${mail.subject}`, `At: ${mail.at}`];
  return [...head, "", ...mail.text.trimEnd().split(/\r?\n/)];
}
