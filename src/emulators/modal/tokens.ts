import { status } from "../../providers/modal/grpc/grpc_status.ts";
import { randomId } from "./chance.ts";
import { Refusal } from "./refusal.ts";

export type EmulatedToken = {
  tokenId: string;
  tokenSecret: string;
  createdAt: Date;
  expiresAt?: Date;
  revoked: boolean;
};

/** The tokens that the emulator has issued. */
export class Tokens {
  readonly all = new Map<string, EmulatedToken>();
  constructor(readonly now: () => Date) {}

  /** Issues a token. It does not expire when `lifetimeSeconds` is 0. */
  issue(lifetimeSeconds = 0): EmulatedToken {
    const createdAt = this.now();
    const token: EmulatedToken = {
      tokenId: randomId("ak"),
      tokenSecret: randomId("as"),
      createdAt,
      ...(lifetimeSeconds > 0 && { expiresAt: new Date(createdAt.getTime() + lifetimeSeconds * 1000) }),
      revoked: false,
    };
    this.all.set(token.tokenId, token);
    return token;
  }

  revoke(tokenId: string): void {
    const token = this.all.get(tokenId);
    if (!token) throw new TypeError(`No token ${tokenId}`);
    token.revoked = true;
  }

  /** Returns the valid token. Otherwise throws `Refusal` (UNAUTHENTICATED) with the live service's text. */
  check(tokenId: string | undefined, tokenSecret: string | undefined): EmulatedToken {
    if (!tokenId || !tokenSecret) throw unauthenticated("Token missing");
    if (!tokenId.startsWith("ak-")) throw unauthenticated("Token ID is malformed");
    const token = this.all.get(tokenId);
    if (!token || token.revoked) throw unauthenticated("Token not found");
    const expired = token.expiresAt !== undefined && token.expiresAt <= this.now();
    if (expired || token.tokenSecret !== tokenSecret) throw unauthenticated("Token validation failed");
    return token;
  }
}

function unauthenticated(text: string): Refusal {
  return new Refusal(status.UNAUTHENTICATED, text);
}
