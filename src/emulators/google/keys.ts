import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { selfSigned } from "./certificate.ts";

/** A key for signing ID tokens. */
export type EmulatedKey = {
  kid: string;
  privateKey: KeyObject;
  /** For `/oauth2/v1/certs`. */
  certificate: string;
  /** For `/oauth2/v3/certs`. */
  jwk: JsonWebKey;
};

/** Shared by all emulators of this process, because creating a key takes over 100 ms. */
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

/** The keys of one emulator. The newest one signs; the older ones are published until a rotation drops them. */
export class Keys {
  #first = 0;
  #last = 0;

  get signing(): EmulatedKey {
    return keyAt(this.#last);
  }

  get published(): EmulatedKey[] {
    return Array.from({ length: this.#last - this.#first + 1 }, (_, index) => keyAt(this.#first + index));
  }

  /** Signs with a new key from now on. Without `keepOld`, the old keys are no longer published. */
  rotate({ keepOld }: { keepOld: boolean }): void {
    this.#last++;
    if (!keepOld) this.#first = this.#last;
  }
}
