import type { AuthState, Sallyport } from "../client/sallyport.ts";
import type { RunAction } from "./run_action.ts";
import type { Offers } from "./offers.ts";

/** What a view works with. */
export type Context = {
  client: Sallyport;
  offers: Offers;
  runAction: RunAction;
  /** How the person stands, as was last heard. */
  person: AuthState | undefined;
  /** Goes on to another view. */
  show(view: View): void;
  /** Says something that is no problem; the next view says it too. */
  say(text: string): void;
  /** Asks anew who is signed in, and shows what they are to see first. */
  home(): void;
  /** Leads to Google's page, where the person connects their account, and back in the end. */
  connectGoogle(): Promise<void>;
};

export type View = (context: Context) => Shown;

/** One view of the dialog. */
export type Shown = {
  title: string;
  content: (Node | string | false | null | undefined)[];
  /** Where Back leads; without it there is no way back. */
  back?: View;
  /** Told how the person stands now, while the view is shown. */
  heard?(person: AuthState): void;
  /** Ends what the view has under way. */
  left?(): void;
};
