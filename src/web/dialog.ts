import type { AuthState, Sallyport, User } from "../client/sallyport.ts";
import { createRunAction } from "./run_action.ts";
import type { Context, Shown, View } from "./context.ts";
import { element, replaceChildren } from "./element.ts";
import type { Offers } from "./offers.ts";
import { account } from "./views/account.ts";
import { choose } from "./views/choose.ts";
import { trouble } from "./views/trouble.ts";
import { whileVisible } from "./while_visible.ts";

export type DialogOptions = {
  /** Whose session it shows, and begins and ends. */
  client: Sallyport;
  offers: Offers;
  /**
   * Leads to Google's page, where the person connects their account, and back in the end: in this window or another.
   */
  connectGoogle: () => Promise<void>;
  /** What a user who has come is shown first, in place of their account. */
  first?: View | undefined;
  /** Told how the person stands, at first and at every change; a VISITOR with no user when nobody is signed in. */
  onPerson?: (person: AuthState) => void;
  /** Told when the person has closed it. */
  onClosed?: () => void;
};

export type Dialog = {
  /** To be put into the page. */
  element: HTMLDialogElement;
  open(): void;
  close(): void;
  /** Ends what it follows, and empties it. */
  end(): void;
};

/** The dialog in which one signs in and sees to one's account. What it shows first depends on who is signed in. */
export function createDialog(options: DialogOptions): Dialog {
  const { client, offers, connectGoogle, onPerson, onClosed } = options;
  let { first } = options;
  const title = element("h2", { id: "dialog-title", tabIndex: -1 }, "Sallyport");
  const problem = element("p", { role: "alert", className: "problem" });
  const news = element("p", { role: "status", className: "news" });
  const content = element("div", { className: "content" }, "One moment…");
  const close = element("button", { type: "button", className: "close", ariaLabel: "Close" }, "×");
  const back = element("button", { type: "button", className: "back", hidden: true }, "Back");
  const dialog = element("dialog", {}, element("header", {}, back, title, close), news, problem, content);
  dialog.setAttribute("aria-labelledby", title.id);
  close.onclick = () => dialog.close();
  dialog.onclose = () => onClosed?.();
  // The second half of a double click is not meant for what stands there by then.
  dialog.addEventListener("click", (event) => {
    if (event.detail > 1) {
      event.preventDefault();
      event.stopPropagation();
    }
  }, { capture: true });

  let shown: Shown | undefined;
  // How many views there were: a view that is still being made may do something already.
  let views = 0;
  let toSay = "";
  const show = (view: View) => {
    shown?.left?.();
    shown = undefined;
    views++;
    problem.textContent = "";
    news.textContent = toSay;
    toSay = "";
    const next = shown = view(context);
    title.textContent = next.title;
    back.hidden = next.back === undefined;
    back.onclick = () => next.back && show(next.back);
    replaceChildren(content, ...next.content);
    // Who hears the page and comes to the first line at once hears the title with it.
    content.querySelector("form")?.setAttribute("aria-labelledby", title.id);
    focusFirst();
  };
  const focusFirst = () => {
    if (dialog.open) (content.querySelector<HTMLElement>("input") ?? title).focus();
  };

  const context: Context = {
    client,
    offers,
    runAction: createRunAction(problem, news, () => views),
    person: undefined,
    show,
    say: (text) => news.textContent = toSay = text,
    home: () => {
      context.person = undefined;
      stop();
      stop = follow();
    },
    connectGoogle,
  };

  const heard = (person: AuthState) => {
    const before = context.person;
    context.person = person;
    onPerson?.(person);
    if (before && before.user?.id === person.user?.id) return shown?.heard?.(person);
    if (before?.user && !person.user) toSay = "You are signed out.";
    show(person.user ? firstOf(person.user) : choose);
  };
  const firstOf = ({ isGuest }: User): View => {
    if (isGuest || !first) return account;
    const view = first;
    first = undefined;
    return view;
  };
  const follow = () =>
    whileVisible(() => client.onAuthState(heard, (error) => show((context) => trouble(context, error))));
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
      shown?.left?.();
      dialog.remove();
    },
  };
}
