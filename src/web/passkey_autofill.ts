import type { Context } from "./context.ts";

/**
 * Offers passkeys in the autofill of the form's field with `autocomplete="… webauthn"`. Returns a function that ends
 * the offer.
 */
export function passkeyAutofill({ home, passkeys, runAction }: Context, form: HTMLFormElement): () => void {
  const stop = passkeys?.offerInAutofill((signIn) =>
    runAction(form, async () => {
      await signIn();
      home();
    })
  );
  return () => stop?.();
}
