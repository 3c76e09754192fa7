import { type CBORType, encodeCBOR } from "@levischuck/tiny-cbor";
import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from "@simplewebauthn/server";
import { Buffer } from "node:buffer";
import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { randomBytes, sha256, toBase64Url } from "../../src/lib/crypto.ts";

/** How an authenticator behaves. */
export type Behaviour = {
  /** Whether it verifies the user, by a PIN or a fingerprint. */
  verifiesUser: boolean;
  /** Whether passkeys can be copied to other devices, and whether they are. */
  backupEligible: boolean;
  backedUp: boolean;
  /** How much a credential's counter grows with each signature. Synchronised passkeys do not count. */
  counterStep: number;
};

/** A discoverable credential. Tests may change its counter. */
export type Credential = {
  readonly id: string;
  readonly rpId: string;
  readonly userHandle: string;
  readonly userName: string;
  readonly keys: { publicKey: KeyObject; privateKey: KeyObject };
  counter: number;
};

const ES256 = -7;

/** WebAuthn level 3 §6.1. */
const FLAGS = { userPresent: 1, userVerified: 4, backupEligible: 8, backedUp: 16, attestedData: 64 };

/**
 * An authenticator in memory with the part of the browser that makes the JSON forms of WebAuthn level 3 §5.1. It
 * keeps ES256 credentials for any number of sites and accounts. Unlike a browser it does not compare the origin with
 * the relying party's id, so tests can be phishing sites.
 */
export class SoftwareAuthenticator {
  readonly credentials: Credential[] = [];
  readonly behaviour: Behaviour;

  constructor(behaviour: Partial<Behaviour> = {}) {
    this.behaviour = {
      verifiesUser: true,
      backupEligible: false,
      backedUp: false,
      counterStep: 1,
      ...behaviour,
    };
  }

  /**
   * Does what `navigator.credentials.create()` does. With `id`, the new credential claims an id that may exist.
   *
   * @throws DOMException InvalidStateError if it has an excluded credential; NotSupportedError if ES256 is not wanted.
   */
  create(
    options: PublicKeyCredentialCreationOptionsJSON,
    origin: string,
    id: string = toBase64Url(randomBytes(32)),
  ): RegistrationResponseJSON {
    const { rp, user, challenge, pubKeyCredParams, excludeCredentials = [] } = options;
    const rpId = rp.id ?? new URL(origin).hostname;
    if (!pubKeyCredParams.some(({ alg }) => alg === ES256)) throw failure("NotSupportedError");
    if (this.#usable(rpId, excludeCredentials).length > 0) throw failure("InvalidStateError");

    const credential: Credential = {
      id,
      rpId,
      userHandle: user.id,
      userName: user.name,
      keys: generateKeyPairSync("ec", { namedCurve: "P-256" }),
      counter: 0,
    };
    this.#replaceAccount(credential);
    const authData = this.#authenticatorData(credential, attestedData(credential));
    return envelope(credential.id, {
      clientDataJSON: toBase64Url(clientData("webauthn.create", challenge, origin)),
      attestationObject: toBase64Url(attestationObject("none", new Map(), authData)),
      transports: ["internal"],
    });
  }

  /**
   * Does what `navigator.credentials.get()` does. Without `allowCredentials` the user picks the account
   * `userName`, or the newest.
   *
   * @throws DOMException NotAllowedError if it has no such credential.
   */
  get(
    options: PublicKeyCredentialRequestOptionsJSON,
    origin: string,
    userName?: string,
  ): AuthenticationResponseJSON {
    const { rpId = new URL(origin).hostname, challenge, allowCredentials } = options;
    const credential = this.#usable(rpId, allowCredentials?.length ? allowCredentials : undefined)
      .findLast((each) => userName === undefined || each.userName === userName);
    if (!credential) throw failure("NotAllowedError");

    const data = clientData("webauthn.get", challenge, origin);
    const authenticatorData = this.#authenticatorData(credential);
    const signed = new Uint8Array([...authenticatorData, ...sha256(data)]);
    return envelope(credential.id, {
      clientDataJSON: toBase64Url(data),
      authenticatorData: toBase64Url(authenticatorData),
      signature: toBase64Url(sign("sha256", signed, credential.keys.privateKey)),
      userHandle: credential.userHandle,
    });
  }

  #usable(rpId: string, ids?: readonly { id: string }[]): Credential[] {
    return this.credentials.filter((each) =>
      each.rpId === rpId && (ids === undefined || ids.some(({ id }) => id === each.id))
    );
  }

  /** An authenticator has one discoverable credential for each account of a site (§6.3.2). */
  #replaceAccount(made: Credential): void {
    const old = this.credentials.findIndex((each) =>
      each.rpId === made.rpId && each.userHandle === made.userHandle
    );
    if (old >= 0) this.credentials.splice(old, 1);
    this.credentials.push(made);
  }

  #authenticatorData(credential: Credential, attested?: Uint8Array): Uint8Array {
    const { verifiesUser, backupEligible, backedUp, counterStep } = this.behaviour;
    const flags = FLAGS.userPresent |
      (verifiesUser ? FLAGS.userVerified : 0) |
      (backupEligible ? FLAGS.backupEligible : 0) |
      (backedUp ? FLAGS.backedUp : 0) |
      (attested ? FLAGS.attestedData : 0);
    credential.counter += counterStep;
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(credential.counter);
    return new Uint8Array([...sha256(credential.rpId), flags, ...counter, ...attested ?? []]);
  }
}

/** Encodes an attestation object (WebAuthn level 3 §6.5.4). */
export function attestationObject(fmt: string, attStmt: CBORType, authData: Uint8Array): Uint8Array {
  return encodeCBOR(new Map<string, CBORType>([["fmt", fmt], ["attStmt", attStmt], ["authData", authData]]));
}

/** WebAuthn level 3 §6.5.2: no model, the id after its length, and the public key. */
function attestedData({ id, keys }: Credential): Uint8Array {
  const aaguid = new Uint8Array(16);
  const rawId = Buffer.from(id, "base64url");
  return new Uint8Array([
    ...aaguid,
    rawId.length >> 8,
    rawId.length & 255,
    ...rawId,
    ...coseKey(keys.publicKey),
  ]);
}

/** RFC 9053 §7.1.1: EC2, ES256, P-256, x, y. */
export function coseKey(key: KeyObject): Uint8Array {
  const { x = "", y = "" } = key.export({ format: "jwk" });
  return encodeCBOR(
    new Map<number, number | Uint8Array>([
      [1, 2],
      [3, ES256],
      [-1, 1],
      [-2, new Uint8Array(Buffer.from(x, "base64url"))],
      [-3, new Uint8Array(Buffer.from(y, "base64url"))],
    ]),
  );
}

function clientData(type: string, challenge: string, origin: string): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ type, challenge, origin, crossOrigin: false }));
}

function envelope<T>(id: string, response: T) {
  return { id, rawId: id, type: "public-key" as const, response, clientExtensionResults: {} };
}

function failure(name: string): DOMException {
  return new DOMException("The operation failed.", name);
}
