import { type Authenticators, createPasskeys, supportsPasskeys } from "../client/passkeys/passkeys.ts";
import { type AuthState, type Sallyport, SallyportError, type User } from "../client/sallyport.ts";
import { createRunAction, type StepUp } from "./run_action.ts";
import type { Context, Shown, View } from "./context.ts";
import { element, replaceChildren } from "./element.ts";
import { TITLE_ID } from "./form.ts";
import type { Offers } from "./offers.ts";
import { account } from "./views/account.ts";
import { challenge } from "./views/challenge.ts";
import { choose } from "./views/choose.ts";
import { trouble } from "./views/trouble.ts";
import { whileVisible } from "./while_visible.ts";

export type DialogOptions = {
  client: Sallyport;
  offers: Offers;
  /** Opens Google's page, in this window or in another, where the user connects their account. */
  connectGoogle: () => Promise<void>;
  /** Replaces the browser's own way to ask for passkeys. */
  authenticators?: Authenticators;
  /** The first view for a user with an account; the account by default. */
  first?: View | undefined;
  /** Called with the present state, then with every change. */
  onAuthState?: (state: AuthState) => void;
  /** Called when the user has closed the dialog. */
  onClosed?: () => void;
};

export type Dialog = {
  /** The caller adds it to the page. */
  element: HTMLDialogElement;
  open(): void;
  close(): void;
  /** Stops all subscriptions, and removes the dialog from the page. */
  end(): void;
};

/** The dialog for signing in and for the user's account. */
export function createDialog(options: DialogOptions): Dialog {
  const { client, offers, connectGoogle, authenticators, onAuthState, onClosed } = options;
  let { first } = options;
  const passkeys = supportsPasskeys() ? createPasskeys(client, authenticators) : undefined;
  const title = element("h2", { id: TITLE_ID, tabIndex: -1 }, "Sallyport");
  const problem = element("p", { role: "alert", className: "problem" });
  const news = element("p", { role: "status", className: "news" });
  const content = element("div", { className: "content" }, "One moment…");
  const close = element("button", { type: "button", className: "close", ariaLabel: "Close" }, "×");
  const back = element("button", { type: "button", className: "back", hidden: true }, "Back");
  const dialog = element("dialog", {}, element("header", {}, back, title, close), news, problem, content);
  dialog.setAttribute("aria-labelledby", title.id);
  close.onclick = () => dialog.close();
  dialog.onclose = () => {
    passkeys?.cancel();
    onClosed?.();
  };
  // The second click of a double click must not press a button of the next view.
  dialog.addEventListener("click", (event) => {
    if (event.detail > 1) {
      event.preventDefault();
      event.stopPropagation();
    }
  }, { capture: true });

  let shown: Shown | undefined;
  // A number identifies the view, because a view can start an action before `shown` is set.
  let views = 0;
  let nextNews = "";
  const show = (view: View) => {
    const left = shown;
    shown = undefined;
    views++;
    passkeys?.cancel();
    problem.textContent = "";
    news.textContent = nextNews;
    nextNews = "";
    const next = shown = view(context);
    left?.onLeave?.();
    title.textContent = next.title;
    back.hidden = next.back === undefined;
    back.onclick = () => next.back && show(next.back);
    replaceChildren(content, ...next.content);
    focusFirst();
  };
  const focusFirst = () => {
    if (dialog.open) (content.querySelector<HTMLElement>("input:not([hidden] *)") ?? title).focus();
  };

  /** Shows the challenge instead of the present view, and then that view again, as it was. */
  const stepUp: StepUp = async (refused) => {
    const [covered, startView] = [shown, views];
    const flow = await client.startStepUp().catch((error) => {
      throw error instanceof SallyportError && error.code === "FACTOR_NOT_FOUND" ? refused : error;
    });
    if (!covered || views !== startView) return false;
    return await new Promise<boolean>((resolve) => {
      let isBack = false;
      const backView = (proven: boolean) => () => {
        isBack = true;
        resolve(proven);
        return covered;
      };
      const onProven = () => show(backView(true));
      const ask = challenge(flow, { submit: "Continue", back: backView(false), onProven })(context);
      // The covered view is not left yet.
      shown = undefined;
      show(() => ({
        ...ask,
        onAuthState: (state) => covered.onAuthState?.(state),
        onLeave: () => {
          ask.onLeave?.();
          if (isBack) return;
          covered.onLeave?.();
          resolve(false);
        },
      }));
    });
  };

  const context: Context = {
    client,
    offers,
    passkeys,
    runAction: createRunAction(problem, news, () => views, stepUp),
    authState: undefined,
    show,
    say: (text) => news.textContent = nextNews = text,
    home: () => {
      context.authState = undefined;
      stop();
      stop = follow();
    },
    connectGoogle,
  };

  const update = (state: AuthState) => {
    const before = context.authState;
    context.authState = state;
    onAuthState?.(state);
    if (before && before.user?.id === state.user?.id) return shown?.onAuthState?.(state);
    if (before?.user && !state.user) nextNews = "You are signed out.";
    show(state.user ? firstOf(state.user) : choose);
  };
  const firstOf = ({ isGuest }: User): View => {
    if (isGuest || !first) return account;
    const view = first;
    first = undefined;
    return view;
  };
  const follow = () =>
    whileVisible(() => client.onAuthState(update, (error) => show((context) => trouble(context, error))));
  let stop = follow();

  return {
    element: dialog,
    open: () => {
      if (!dialog.open) dialog.showModal();
      focusFirst();
    },
    close: () => dialog.close(),
    end: () => {
      stop();
      passkeys?.cancel();
      shown?.onLeave?.();
      dialog.remove();
    },
  };
}
