/** A failure instead of accepting a mail. */
export type MailFault =
  & {
    /** The number of affected mails; unlimited by default. */
    times?: number;
    /** The affected recipient; all recipients by default. */
    to?: string;
  }
  & (
    | {
      kind: "refuse";
      /** At the recipient command, or after the whole mail. */
      at: "RCPT" | "DATA";
      /** 4xx is temporary, 5xx permanent. */
      code: number;
      text: string;
    }
    /** Drops the connection after the whole mail, which is in the inbox if `accepted`. */
    | { kind: "drop"; accepted: boolean }
  );

/** Settings that can change while the emulator runs. A change takes effect at the next command. */
export type MailSwitches = {
  /** Delays the answer to every recipient command. */
  delayMs: number;
  /** The first matching fault applies. See `refusedForNow`, `refusedForGood` and `dropped`. */
  faults: MailFault[];
};

/** The next mails are refused temporarily. */
export function refusedForNow(times: number, at: "RCPT" | "DATA" = "RCPT"): MailFault {
  return { kind: "refuse", at, code: 451, text: "4.3.0 emulated: try again later", times };
}

/** The next mails are refused permanently. */
export function refusedForGood(times: number, at: "RCPT" | "DATA" = "RCPT"): MailFault {
  return { kind: "refuse", at, code: 550, text: "5.1.1 emulated: no such user", times };
}

/** The connection is dropped after each of the next mails. */
export function dropped(times: number, accepted: boolean): MailFault {
  return { kind: "drop", accepted, times };
}

/** Returns the matching fault, if any, and counts it. */
export function takeFault(
  switches: MailSwitches,
  at: "RCPT" | "DATA",
  recipients: readonly string[],
): MailFault | undefined {
  const matches = (one: MailFault) =>
    (one.kind === "drop" ? "DATA" : one.at) === at && (!one.to || recipients.includes(one.to));
  const fault = switches.faults.find((one) => matches(one) && (one.times ?? 1) > 0);
  if (fault?.times !== undefined) fault.times--;
  return fault;
}
