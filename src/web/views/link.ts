import type { View } from "../context.ts";
import { element } from "../element.ts";
import { googleButton } from "../google_button.ts";
import type { Offers } from "../offers.ts";
import { account } from "./account.ts";

/** Google's button, to link Google to the user's account. */
export function link(offer: NonNullable<Offers["google"]>): View {
  return (context) => {
    const google = googleButton(context, offer);
    return {
      title: "Sign in with Google too",
      back: account,
      content: [
        element("p", {}, "Afterwards, you can also sign in to this account with Google."),
        google.place,
      ],
      onLeave: google.stop,
    };
  };
}
