import { addressBlock } from "../../operations/limits/address_block.ts";

export type PlaceLimits = {
  /** Maximum sockets of one address block. */
  most: number;
  /** Maximum anonymous sockets of one address block. */
  mostAnonymous: number;
};

/** The place that one open socket takes in its address block. */
export type Place = {
  readonly authenticated: boolean;
  /**
   * Updates whether the socket is authenticated. Returns false and changes nothing if the block has too many
   * anonymous sockets.
   */
  identify(authenticated: boolean): boolean;
  leave(): void;
};

/** Counts open sockets by address block, so that one network cannot take all connections. */
export class WebSocketPlaces {
  readonly #limits: PlaceLimits;
  readonly #blocks = new Map<string, { all: number; anonymous: number }>();

  constructor(limits: PlaceLimits) {
    this.#limits = limits;
  }

  /** Takes a place, or returns undefined if the block has too many sockets of this kind. */
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
