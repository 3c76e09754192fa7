import type { Frame, Page } from "playwright-core";

/** Chromium's own authenticator without a device, for one page or frame of another site. */
export type VirtualAuthenticator = {
  passkeys(): Promise<Credential[]>;
  add(passkeys: Credential[]): Promise<void>;
  /** Whether it verifies the user from now on. */
  setUserVerified(isUserVerified: boolean): Promise<void>;
  /** Whether a user is there and touches it. Otherwise requests wait. */
  setUserPresent(isUserPresent: boolean): Promise<void>;
};

/** A passkey with its private key, as in the DevTools protocol. */
type Credential = {
  credentialId: string;
  isResidentCredential: boolean;
  privateKey: string;
  signCount: number;
};

/** Adds an authenticator that answers at once, as a device with a fingerprint reader does. */
export async function addVirtualAuthenticator(place: Page | Frame): Promise<VirtualAuthenticator> {
  const page = "page" in place ? place.page() : place;
  const session = await page.context().newCDPSession(place);
  await session.send("WebAuthn.enable", { enableUI: false });
  const { authenticatorId } = await session.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return {
    passkeys: async () => (await session.send("WebAuthn.getCredentials", { authenticatorId })).credentials,
    add: async (passkeys) => {
      for (const credential of passkeys) {
        await session.send("WebAuthn.addCredential", { authenticatorId, credential });
      }
    },
    setUserVerified: async (isUserVerified) => {
      await session.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified });
    },
    setUserPresent: async (enabled) => {
      await session.send("WebAuthn.setAutomaticPresenceSimulation", { authenticatorId, enabled });
    },
  };
}
