import { addressBlock } from "../../operations/limits/address_block.ts";
import type { Refusal } from "./refusals.ts";

/** The first refusals of one kind in a minute get an event each. The others share one event with their count. */
const LISTED_OF_A_KIND = 5;

/** Kinds of one subject in a minute. Further refusals are grouped without their network. */
const KINDS_OF_A_SUBJECT = 12;

/** Events of single refusals in a minute, for all kinds together. */
export const MOST_LISTED = 1_000;

/** Kinds in memory, at up to one kilobyte each. Further refusals are counted only by their reason. */
const MOST_KINDS = 2_000;

/** Refusals with the same reason, operation, subject and network in the same minute. */
type Kind = { listed: number; beyond: number; first: Date; last: Date; sample: Refusal };

/** Several refusals of one kind that share an event. */
export type Counted = { count: number; first: Date; last: Date };

/** Decides which refusals of a minute get an event of their own, and counts the others. */
export class Flood {
  #kinds = new Map<string, Kind>();
  #kindsOf = new Map<string, number>();
  #listed = 0;

  /** Returns whether the refusal gets an event of its own. */
  add(refusal: Refusal, now: Date): boolean {
    const kind = this.#kindOf(refusal, now);
    if (kind.listed < LISTED_OF_A_KIND && this.#listed < MOST_LISTED) {
      kind.listed++;
      this.#listed++;
      return true;
    }
    if (kind.beyond === 0) kind.first = now;
    kind.beyond++;
    kind.last = now;
    return false;
  }

  /** Ends the minute. Returns the counted refusals. */
  end(): { refusal: Refusal; counted: Counted }[] {
    const counted = [...this.#kinds.values()].flatMap(({ beyond: count, first, last, sample: refusal }) =>
      count > 0 ? [{ refusal, counted: { count, first, last } }] : []
    );
    this.#kinds.clear();
    this.#kindsOf.clear();
    this.#listed = 0;
    return counted;
  }

  #kindOf(refusal: Refusal, now: Date): Kind {
    const { key, sample } = this.#keyOf(refusal);
    const known = this.#kinds.get(key);
    if (known) return known;
    const kind = { listed: 0, beyond: 0, first: now, last: now, sample };
    this.#kinds.set(key, kind);
    return kind;
  }

  /** Returns the key of the refusal's kind, and the refusal with only the fields that all of the kind share. */
  #keyOf(refusal: Refusal): { key: string; sample: Refusal } {
    const { operation, error, caller: { ipAddress } } = refusal;
    const subject = subjectOf(refusal);
    const what = [error.code, error.note.detail, operation, subject];
    const whole = JSON.stringify([...what, ipAddress && addressBlock(ipAddress)]);
    if (this.#kinds.has(whole)) return { key: whole, sample: refusal };
    const kinds = subject === undefined ? 0 : this.#kindsOf.get(subject) ?? 0;
    if (kinds >= KINDS_OF_A_SUBJECT) return { key: JSON.stringify(what), sample: fromManyNetworks(refusal) };
    if (this.#kinds.size >= MOST_KINDS) return { key: error.code, sample: ofManyKinds(refusal) };
    if (subject !== undefined) this.#kindsOf.set(subject, kinds + 1);
    return { key: whole, sample: refusal };
  }
}

/** Removes the client: the refusals of the kind come from several. */
function fromManyNetworks({ caller: { requestId: _request, ...caller }, ...refusal }: Refusal): Refusal {
  return { ...refusal, caller: { ...caller, ipAddress: null, userAgent: null } };
}

/** Keeps only the error: the refusals are of many operations and subjects. */
function ofManyKinds({ signsIn, error }: Refusal): Refusal {
  const caller = { kind: "nobody", ipAddress: null, userAgent: null } as const;
  return { operation: "several", signsIn, error, note: {}, caller };
}

/** The user, name or flow that a refusal concerns, if it is known. */
function subjectOf({ caller, identifier, flowId, error }: Refusal): string | undefined {
  if (caller.kind === "user") return caller.userId;
  return identifier?.toLowerCase() ?? error.note.userId ?? flowId;
}
