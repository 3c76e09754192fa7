import type { Passkeys } from "../client/passkeys/passkeys.ts";
import type { AuthState, Sallyport } from "../client/sallyport.ts";
import type { RunAction } from "./run_action.ts";
import type { Offers } from "./offers.ts";

/** The dialog's services for its views. */
export type Context = {
  client: Sallyport;
  offers: Offers;
  /** Undefined where passkeys cannot work. */
  passkeys: Passkeys | undefined;
  runAction: RunAction;
  /** The last known state; undefined before the first answer. */
  authState: AuthState | undefined;
  /** Shows another view. */
  show(view: View): void;
  /** Shows a message, in this view and in the next one. */
  say(text: string): void;
  /** Loads the user's state again, and shows the first view for it. */
  home(): void;
  /** Opens Google's page, where the user connects their account. */
  connectGoogle(): Promise<void>;
};

export type View = (context: Context) => Shown;

/** The parts of a view that is shown in the dialog. */
export type Shown = {
  title: string;
  content: (Node | string | false | null | undefined)[];
  /** The view for the Back button. Without it, the button is hidden. */
  back?: View;
  /** Called when the user's state changes while the view is shown. */
  onAuthState?(state: AuthState): void;
  /** Called when the view is replaced, to stop timers and subscriptions. */
  onLeave?(): void;
};
