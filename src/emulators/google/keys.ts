import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { selfSigned } from "./certificate.ts";

/** A key that ID tokens are signed with. */
export type EmulatedKey = {
  kid: string;
  privateKey: KeyObject;
  /** As `/oauth2/v1/certs` shows it. */
  certificate: string;
  /** As `/oauth2/v3/certs` shows it. */
  jwk: JsonWebKey;
};

/** Making one takes a tenth of a second and more, so every emulator of this process has the same, in the same order. */
const made: EmulatedKey[] = [];

function keyAt(index: number): EmulatedKey {
  return made[index] ??= newKey();
}

function newKey(): EmulatedKey {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const kid = crypto.getRandomValues(new Uint8Array(20)).toHex();
  const certificate = selfSigned("emulated.localhost", privateKey, publicKey, new Date());
  const jwk = { ...publicKey.export({ format: "jwk" }), kid, use: "sig", alg: "RS256" };
  return { kid, privateKey, certificate, jwk };
}

/** The keys of one emulator: the last one signs, those before it are still published until they are dropped. */
export class Keys {
  #first = 0;
  #last = 0;

  get signing(): EmulatedKey {
    return keyAt(this.#last);
  }

  get published(): EmulatedKey[] {
    return Array.from({ length: this.#last - this.#first + 1 }, (_, index) => keyAt(this.#first + index));
  }

  /** From now on another key signs. Unless they are kept, those before it are not published any more. */
  rotate({ keepOld }: { keepOld: boolean }): void {
    this.#last++;
    if (!keepOld) this.#first = this.#last;
  }
}
