/** Loads the library on first use. It takes 0.3 s and up to 27 MB, which servers without passkeys can save. */
export async function loadLibrary() {
  const [server, helpers] = await Promise.all([
    import("@simplewebauthn/server"),
    import("@simplewebauthn/server/helpers"),
  ]);
  return { ...server, ...helpers };
}

export type Library = Awaited<ReturnType<typeof loadLibrary>>;

/** COSE algorithms in the order of preference: ES256, EdDSA, RS256. */
export const ALGORITHMS = [-7, -8, -257];
