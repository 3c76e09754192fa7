import type { EmailCodeFlow, SignedIn, TokenPair, User } from "./answers.ts";
import { type Caller, SallyportError } from "./caller.ts";
import * as documents from "./documents.ts";
import type { Session } from "./session.ts";

type Issued = SignedIn & { tokens: TokenPair | null };

/** The ways in, and the way out. */
export function signIns(caller: Caller, session: Session, transport: "TOKENS" | "COOKIE") {
  const begun = ({ user, session: facts, tokens }: Issued): SignedIn => {
    if (tokens) session.begin(tokens);
    else session.learn(facts.id);
    return { user, session: facts };
  };
  const signIn = async (query: string, input: Record<string, unknown>): Promise<SignedIn> =>
    begun(await caller.mutate<Issued>(query, { input: { ...input, transport } }));
  return {
    /** Registers; signs in at once who was a guest and took a username. */
    register: async (input: { username?: string; email?: string; password: string }) => {
      const { message, user, signedIn } = await caller.mutate<
        { message: string; user: User | null; signedIn: Issued | null }
      >(documents.REGISTER, { input });
      return { message, user, signedIn: signedIn && begun(signedIn) };
    },
    signInWithPassword: (identifier: string, password: string) =>
      signIn(documents.SIGN_IN_WITH_PASSWORD, { identifier, password }),
    /** Has a code mailed. The flow's id is half of the sign-in: keep it for `verifyEmailCode`, and to yourself. */
    requestEmailCode: async (email: string) =>
      (await caller.mutate<{ flow: EmailCodeFlow }>(documents.REQUEST_EMAIL_CODE, { input: { email } })).flow,
    verifyEmailCode: (flowId: string, code: string) => signIn(documents.VERIFY_EMAIL_CODE, { flowId, code }),
    signInAsGuest: () => signIn(documents.SIGN_IN_AS_GUEST, {}),
    issueGoogleNonce: () => caller.mutate<{ nonce: string; expiresAt: string }>(documents.ISSUE_GOOGLE_NONCE),
    /** With what Google's button calls `credential`. Whoever is signed in has Google linked. */
    signInWithGoogle: (token: string, nonce?: string) =>
      signIn(documents.SIGN_IN_WITH_GOOGLE, { token, nonce }),
    /** Ends the session at the server, and forgets it here when the server has. */
    signOut: async () => {
      await caller.done(documents.SIGN_OUT).catch((error) => {
        if (!(error instanceof SallyportError && error.code === "UNAUTHENTICATED")) throw error;
      });
      session.forget();
    },
    /** Goes on with a session that another client has handed over: it is this one's to renew from now on. */
    adopt: (tokens: TokenPair) => session.begin(tokens),
    /**
     * Gives the session's tokens away and forgets them here; undefined without any. Two that kept them would spend each
     * other's refresh token, and the server would end the session.
     */
    handOver: session.handOver,
  };
}
