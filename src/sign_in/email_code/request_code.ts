import { type Caller, originOf } from "../../operations/caller.ts";
import { deviceLink } from "../../accounts/devices/devices.ts";
import { newEvent } from "../../events/events.ts";
import { newFlowKey } from "../../flows/flow_key.ts";
import { type Flow, insertingFlow } from "../../flows/flows.ts";
import { newFlow } from "../../flows/new_flow.ts";
import { newId } from "../../lib/ids.ts";
import { addressBlock } from "../../operations/limits/address_block.ts";
import type { Charge, HasLimits, KeyedSubject } from "../../operations/limits/limits.ts";
import { enqueueMail, MailNotConfigured } from "../../accounts/mail/mail.ts";
import { chargeMail } from "../../accounts/mail/mail_limits.ts";
import type { HasRandom } from "../../lib/crypto.ts";
import type { HasMail } from "../../platform/mail/mail_configured.ts";
import type { HasKeys } from "../../platform/keys/root_key.ts";
import type { HasQueue } from "../../platform/jobs/queue.ts";
import type { HasPublicUrl } from "../../lib/public_url.ts";
import type { HasEventLog } from "../../events/transaction.ts";
import type { HasClock } from "../../lib/clock.ts";
import { type Named, parseEmail } from "../../accounts/users/names.ts";
import { type HasCodeLifetime, macOfCode, newCode } from "./code.ts";
import { codeMail } from "./code_mail.ts";
import { insertingCode, type StoredCode } from "./email_code_store.ts";
import { CODE_LIMITS, EMAIL_CODE } from "./email_code_terms.ts";

/** R21: maximum attempts per code. */
const ATTEMPTS = 5;

/** The public detail of an e-mail code flow. */
export type EmailCodeDetail = { email: string };

export type EmailCodeFlow = Flow<EmailCodeDetail>;

type RequestServices =
  & HasClock
  & HasEventLog
  & HasRandom
  & HasKeys
  & HasLimits
  & HasMail
  & HasQueue
  & HasCodeLifetime
  & HasPublicUrl;

/**
 * Mails a six-digit code to the address, whether or not an account has it. The id of the returned flow
 * contains its key, and only callers with this key can use the code. Earlier codes stay valid.
 *
 * @throws `MailNotConfigured`, `InvalidInput` or `RateLimited`.
 */
export async function requestEmailCode(
  services: RequestServices,
  caller: Caller,
  typed: string,
): Promise<EmailCodeFlow> {
  if (!services.mailConfigured) throw new MailNotConfigured();
  const email = parseEmail(typed);
  const interval: Charge = [CODE_LIMITS.codeInterval, intervalKey(email, caller)];
  const isAttacked = await chargeMail(services, caller, "code", email.key, [interval]);
  const code = newCode(services.random);
  const id = newId("flw");
  const { heldBy, holderHash } = newFlowKey(id, services.random);
  const origin = originOf(caller);
  const { flow, event: started } = newFlow(services, origin, {
    id,
    holderHash,
    kind: EMAIL_CODE,
    status: "WAITING",
    userId: null,
    lifetimeSeconds: services.emailCodeSeconds,
    detail: { email: email.typed } satisfies EmailCodeDetail,
    steps: [
      { name: "requested", message: "A code was requested", data: {} },
      { name: "mail_queued", message: "The mail with the code is queued", data: {} },
    ],
  });
  const stored: StoredCode = {
    flowId: id,
    email: email.typed,
    emailKey: email.key,
    mac: macOfCode(services.keys.current, id, code),
    attemptsLeft: ATTEMPTS,
    expiresAt: flow.expiresAt,
  };
  const minutes = Math.round(services.emailCodeSeconds / 60);
  const mail = codeMail(code, minutes, isAttacked ? deviceLink(services, email.key) : undefined);
  const requested = newEvent(services, "email_code.requested", origin, {
    flowId: id,
    verifiedEmail: email.key,
  }, {});
  await enqueueMail(services, { to: email.typed, ...mail, expiresAt: flow.expiresAt, flowId: id }, {
    insertions: [insertingFlow(services.db, flow), insertingCode(services.db, stored)],
    events: [started, requested],
  });
  return { ...flow, heldBy } as EmailCodeFlow;
}

/** Counts per address and client network, so other clients cannot block the owner's requests. */
export function intervalKey(email: Named, { ipAddress }: Caller): KeyedSubject {
  return { key: email.key, from: ipAddress === null ? "" : addressBlock(ipAddress) };
}
