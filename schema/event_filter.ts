import type { EventFilter } from "../src/events/event_filter.ts";
import { subjectsOf } from "../src/accounts/refusals/subjects.ts";
import { InvalidInput } from "../src/lib/errors.ts";
import { isId } from "../src/lib/ids.ts";
import { canonicalAddress, ipv6Block } from "../src/platform/network/ip_address.ts";
import { canonicalRange } from "../src/platform/network/address_ranges.ts";
import { builder } from "./lib/builder.ts";
import type { SchemaServices } from "./lib/context.ts";

/** The arguments that select events. */
export function filterArgs() {
  return builder.args((t) => ({
    types: t.stringList(),
    userId: t.id(),
    flowId: t.id(),
    credentialId: t.id(),
    ipAddress: t.string({
      description:
        "A client address, in any spelling, or an IPv6 network of 64 bits such as `2001:db8::/64`, which is one client.",
    }),
    since: t.field({ type: "DateTime", description: "The earliest time, inclusive." }),
    until: t.field({ type: "DateTime", description: "The latest time, exclusive." }),
    reason: t.string({
      description:
        "Exactly `data.reason`, or `data.code` of events without a reason. The reason of a refusal is its error code.",
    }),
    subject: t.string({
      description:
        "A username or e-mail address, also one that no user has, or the id of a user, session, flow, credential or request. A name means the user who has it when the request arrives. Users see only their own events, whatever it names.",
    }),
    text: t.string({
      description:
        "One word without spaces, ignoring case. It must be the beginning of the type (`password`), of a part of the type after a dot (`rejected`), of the reason as `reason` describes it (`rate_`), or of the client address (`185.220.`).",
    }),
  }));
}

type FilterArgs = {
  types?: string[] | null | undefined;
  userId?: string | null | undefined;
  flowId?: string | null | undefined;
  credentialId?: string | null | undefined;
  ipAddress?: string | null | undefined;
  since?: Date | null | undefined;
  until?: Date | null | undefined;
  reason?: string | null | undefined;
  subject?: string | null | undefined;
  text?: string | null | undefined;
};

/** Maximum number of event types in one filter. */
const MOST_TYPES = 50;

/** No reason, name or address is longer. */
const MOST_CHARACTERS = 320;

/** Builds the filter, limited to `ownUserId`'s events when it is set. Throws `InvalidInput`. */
export async function filterOf(
  args: FilterArgs,
  ownUserId: string | undefined,
  services: Pick<SchemaServices, "db" | "keys">,
): Promise<EventFilter> {
  const { types, userId, flowId, credentialId, reason, subject } = args;
  checkTypes(types ?? []);
  checkIds(args);
  const text = args.text == null ? undefined : wordOf(args.text);
  const place = args.ipAddress == null ? {} : placeOf(args.ipAddress);
  const [since, until] = [timeOf(args.since), timeOf(args.until)];
  for (const value of [reason, subject]) {
    if (value != null && (value.length > MOST_CHARACTERS || value.includes("\0"))) {
      throw invalid(`reason and subject have at most ${MOST_CHARACTERS} characters, and none of them is NUL`);
    }
  }
  // A user that asks for another user's events gets an empty result.
  const none = ownUserId && userId && userId !== ownUserId;
  return {
    types: none ? [] : types ? [...new Set(types)] : undefined,
    userId: ownUserId ?? userId ?? undefined,
    flowId: flowId ?? undefined,
    credentialId: credentialId ?? undefined,
    ...place,
    since,
    until,
    reason: reason ?? undefined,
    subjects: subject == null ? undefined : await subjectsOf(services, subject),
    text,
    hidesOperators: ownUserId !== undefined,
  };
}

function invalid(problem: string): InvalidInput {
  return new InvalidInput(`Cannot read events: ${problem}`);
}

function checkTypes(types: readonly string[]): void {
  if (types.length > MOST_TYPES || !types.every((type) => /^[a-z_.]{1,64}$/.test(type))) {
    throw invalid(`types takes up to ${MOST_TYPES} names such as flow.succeeded`);
  }
}

function checkIds({ userId, flowId, credentialId }: FilterArgs): void {
  for (const [prefix, id] of [["usr", userId], ["flw", flowId], ["crd", credentialId]] as const) {
    if (id != null && !isId(prefix, id)) throw invalid("userId, flowId or credentialId is not a valid id");
  }
}

function wordOf(text: string): string {
  if (!/^[!-~]{1,64}$/.test(text)) throw invalid("text is one word of 1 to 64 ASCII characters");
  return text.toLowerCase();
}

/** Parses an address, or the network that counts as one client: an IPv4 address alone, or a /64 of IPv6. */
function placeOf(text: string): Pick<EventFilter, "ipAddress" | "block"> {
  const [address = "", bits] = canonicalRange(text)?.split("/") ?? [];
  const isIpv6 = address.includes(":");
  if (address === "") throw invalid("ipAddress is not an address or a network");
  if (bits === undefined || bits === (isIpv6 ? "128" : "32")) return { ipAddress: canonicalAddress(address) };
  if (!isIpv6 || bits !== "64") throw invalid("a network in ipAddress is an IPv6 network of 64 bits");
  return { block: ipv6Block(address) };
}

/** Returns a time that the database can compare. */
function timeOf(time: Date | null | undefined): Date | undefined {
  if (time && time.getTime() < 0) throw invalid("since and until are not before 1970");
  return time ?? undefined;
}
