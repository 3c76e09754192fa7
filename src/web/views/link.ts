import type { View } from "../context.ts";
import { element } from "../element.ts";
import { googleButton } from "../google_button.ts";
import type { Offers } from "../offers.ts";
import { account } from "./account.ts";

/** Making Google a way to sign in to the account that one has. */
export function link(offer: NonNullable<Offers["google"]>): View {
  return (context) => {
    const google = googleButton(context, offer);
    return {
      title: "Sign in with Google too",
      back: account,
      content: [
        element("p", {}, "From then on you can sign in to this account with Google as well."),
        google.place,
      ],
      left: google.stop,
    };
  };
}
