import { addressBlock } from "../../operations/limits/address_block.ts";

export type PlaceLimits = {
  /** Sockets of one address block. */
  most: number;
  /** Sockets of one address block that have not said who they are. */
  mostAnonymous: number;
};

/** The place of one open socket among those of its address block. */
export type Place = {
  readonly authenticated: boolean;
  /** Notes who the socket is. Returns false, and changes nothing, when no anonymous socket is admitted any more. */
  identify(authenticated: boolean): boolean;
  leave(): void;
};

/** Counts open sockets by address block, so that one network cannot take what all share. */
export class WebSocketPlaces {
  readonly #limits: PlaceLimits;
  readonly #blocks = new Map<string, { all: number; anonymous: number }>();

  constructor(limits: PlaceLimits) {
    this.#limits = limits;
  }

  /** Returns undefined when the block has as many sockets of this kind as one may. */
  take(ipAddress: string | null, authenticated: boolean): Place | undefined {
    const block = addressBlock(ipAddress ?? "");
    const counts = this.#blocks.get(block) ?? { all: 0, anonymous: 0 };
    const full = () => counts.anonymous >= this.#limits.mostAnonymous;
    if (counts.all >= this.#limits.most || (!authenticated && full())) return undefined;
    this.#blocks.set(block, counts);
    counts.all++;
    if (!authenticated) counts.anonymous++;
    return {
      get authenticated() {
        return authenticated;
      },
      identify: (now) => {
        if (now === authenticated) return true;
        if (!now && full()) return false;
        counts.anonymous += now ? -1 : 1;
        authenticated = now;
        return true;
      },
      leave: () => {
        counts.all--;
        if (!authenticated) counts.anonymous--;
        if (counts.all === 0) this.#blocks.delete(block);
      },
    };
  }
}
