/** What the server does instead of taking a mail. */
export type MailFault =
  & {
    /** How many mails it strikes before it is over; for ever when left out. */
    times?: number;
    /** The recipient whose mails it strikes; anybody's when left out. */
    to?: string;
  }
  & (
    | {
      kind: "refuse";
      /** When: at the recipient, or once it has the whole mail. */
      at: "RCPT" | "DATA";
      /** 4xx for now, 5xx for good. */
      code: number;
      text: string;
    }
    /** The connection is dropped when the whole mail is there; it lies in the inbox all the same, or does not. */
    | { kind: "drop"; accepted: boolean }
  );

/** Everything about the emulator that can be changed while it runs. Each takes effect at the next command. */
export type MailSwitches = {
  /** Every recipient is answered so many milliseconds later. */
  delayMs: number;
  /** The first one that fits strikes. See `refusedForNow`, `refusedForGood` and `dropped`. */
  faults: MailFault[];
};

/** The next mails are refused for now. */
export function refusedForNow(times: number, at: "RCPT" | "DATA" = "RCPT"): MailFault {
  return { kind: "refuse", at, code: 451, text: "4.3.0 emulated: try again later", times };
}

/** The next mails are refused for good. */
export function refusedForGood(times: number, at: "RCPT" | "DATA" = "RCPT"): MailFault {
  return { kind: "refuse", at, code: 550, text: "5.1.1 emulated: nobody of this name", times };
}

/** The connection is dropped at the end of the next mails. */
export function dropped(times: number, accepted: boolean): MailFault {
  return { kind: "drop", accepted, times };
}

/** Takes the fault that strikes here, if any, and counts it. */
export function takeFault(
  switches: MailSwitches,
  at: "RCPT" | "DATA",
  recipients: readonly string[],
): MailFault | undefined {
  const fits = (one: MailFault) =>
    (one.kind === "drop" ? "DATA" : one.at) === at && (!one.to || recipients.includes(one.to));
  const fault = switches.faults.find((one) => fits(one) && (one.times ?? 1) > 0);
  if (fault?.times !== undefined) fault.times--;
  return fault;
}
