import { createContext, useContext } from "react";
import type { Api } from "./api.ts";
import { causeOf, failing } from "./checks.ts";
import type { Layer } from "./keys.ts";
import type { Line } from "./lines.tsx";
import { createVisits, type ListState, newPlace, type Place, type Subject } from "./places.ts";
import { refusalSentence } from "./refusal.ts";
import { Store } from "./store.ts";
import type { Tone } from "./theme.ts";

export const SCREENS = ["flows", "tokens", "users", "sessions", "events", "mail", "health", "why"] as const;

/** Screens without a number: the palette opens them. */
export const MORE_SCREENS = ["attack", "operators", "keys", "config"] as const;

export type ScreenName = (typeof SCREENS)[number] | (typeof MORE_SCREENS)[number];

/** The screens' titles. A screen's position in `SCREENS` is its number key. */
export const TITLES: Record<ScreenName, string> = {
  flows: "Flows",
  tokens: "Tokens",
  users: "Users",
  sessions: "Sessions",
  events: "Events",
  mail: "Mail",
  health: "Health",
  why: "Why",
  attack: "Attack",
  operators: "Operators",
  keys: "Signing keys",
  config: "Configuration",
};

/** A question at the bottom of the screen. */
export type Question = {
  question: string;
  /** The text typed so far. */
  typed: string;
  danger: boolean;
  /** The keys that answer. Without them, the answer is text and Enter. */
  choices?: readonly { key: string; label: string }[] | undefined;
  /** Earlier answers, oldest first: ↑ and ↓ walk through them. */
  history?: readonly string[] | undefined;
  /** Returns the whole text that Tab would put in place of the typed one. */
  complete?: ((typed: string, history: readonly string[]) => string | undefined) | undefined;
  /** The exact text that must be typed. */
  exactly?: string | undefined;
  answer: (answer: string | undefined) => void;
};

/** A text that covers the screen until it is closed. */
export type Overlay = {
  title: string;
  lines: readonly Line[];
  bindings: Layer["bindings"];
  /** The time at which it closes by itself, in milliseconds since 1970. */
  closesAt?: number;
};

export type Message = { text: string; tone: Tone };

/** The terminal's state: the screen stack, the open question and the message. Screens change it; the app draws it. */
export type Terminal = ReturnType<typeof createTerminal>;

export function createTerminal(api: Api, start: ScreenName, quit: () => void) {
  const visits = createVisits(start);
  const { stack, visit } = visits;
  const question = new Store<Question | undefined>(undefined);
  const overlay = new Store<Overlay | undefined>(undefined);
  const message = new Store<Message | undefined>(undefined);
  const filtering = new Store(false);

  const say = (text: string, tone: Tone = "good") => message.set({ text, tone });
  const ask = (asked: Omit<Question, "typed" | "answer">) =>
    new Promise<string | undefined>((resolve) => {
      question.get()?.answer(undefined);
      question.set({
        ...asked,
        typed: "",
        answer(answer) {
          question.set(undefined);
          resolve(answer);
        },
      });
    });
  return {
    api,
    quit,
    stack,
    question,
    overlay,
    message,
    /** Whether the operator is typing into the list's filter. */
    filtering,
    /** Whether the mouse chooses and scrolls here, instead of selecting text. */
    mouse: new Store(false),
    say,
    ask,
    /** The commands of the palette, oldest first. */
    history: [] as string[],
    here: (): Place => stack.get().at(-1) ?? newPlace(start),
    /** Replaces the stack with one screen. */
    go(screen: ScreenName, shown: Partial<ListState> = {}): void {
      filtering.set(false);
      const [place, ...more] = stack.get();
      const isThere = place?.screen === screen && more.length === 0 && !place.list.get().filter;
      if (isThere && !shown.filter) return;
      visit([newPlace(screen, shown)]);
    },
    /** Opens a screen about one subject on top of the stack. Esc goes back. */
    enter(screen: ScreenName, about: Subject): void {
      filtering.set(false);
      visit([...stack.get(), newPlace(screen, { about })]);
    },
    /** Opens a screen on top of the stack. Esc goes back. */
    openOnTop(screen: ScreenName, shown: Partial<ListState> = {}): void {
      filtering.set(false);
      visit([...stack.get(), newPlace(screen, shown)]);
    },
    /** Opens the Why screen about a name, an address or an id on top of the stack. */
    why(identifier: string): void {
      filtering.set(false);
      visit([...stack.get(), newPlace("why", { asks: identifier })]);
    },
    /** Asks for a name, an address or an id, and opens the Why screen about it. */
    async askWhy(): Promise<void> {
      const identifier = (await this.askText("Why: a name, an address or an id"))?.trim();
      if (identifier) this.why(identifier);
    },
    /** Opens the cause of the first failed check on top of the stack; once there, that of the next. */
    jumpToCause(): void {
      const failed = failing(api.checks.get());
      const { cause } = this.here();
      const check = failed[(failed.findIndex(({ name }) => name === cause) + 1) % failed.length];
      if (!check) return;
      const { screen, ...shown } = causeOf(check.name);
      filtering.set(false);
      const below = cause === undefined ? stack.get() : stack.get().slice(0, -1);
      visit([...below, newPlace(screen, { ...shown, cause: check.name })]);
      say(`${check.name}: ${check.message}`, "bad");
    },
    back(): void {
      if (stack.get().length > 1) visit(stack.get().slice(0, -1));
    },
    /** Shows the screen that was shown before, on this stack or another. */
    backward(): void {
      filtering.set(false);
      if (!visits.backward()) say("No earlier screen", "dim");
    },
    forward(): void {
      filtering.set(false);
      if (!visits.forward()) say("No later screen", "dim");
    },
    /** Asks for text; undefined if the operator pressed Esc. */
    askText: (asked: string) => ask({ question: asked, danger: false }),
    confirm: async (asked: string): Promise<boolean> =>
      await ask({
        question: asked,
        danger: true,
        choices: [{ key: "y", label: "yes" }, { key: "n", label: "no" }],
      }) === "y",
    /** Asks the operator to type `exactly`; false if the text differs. */
    confirmName: async (asked: string, exactly: string): Promise<boolean> =>
      await ask({ question: asked, danger: true, exactly }) === exactly,
    choose: (asked: string, choices: readonly { key: string; label: string }[]) =>
      ask({ question: asked, danger: false, choices }),
    /** Runs an action and shows its result: the text it returns, or the error message. */
    async runAction(work: () => Promise<string | undefined>): Promise<void> {
      try {
        const done = await work();
        if (done) say(done);
      } catch (error) {
        say(refusalSentence(error), "bad");
      }
    },
    /** Opens a page in a browser, or shows its address. */
    open(url: string): Promise<void> {
      return this.runAction(async () =>
        await api.desktop.open(url) ? "Opened in the browser" : `Cannot open a browser: ${url}`
      );
    },
    copy(text: string, what: string): void {
      api.desktop.copy(text);
      say(`Copied ${what}`);
    },
  };
}

const TerminalContext = createContext<Terminal | undefined>(undefined);

export const TerminalProvider = TerminalContext;

export function useTerminal(): Terminal {
  const terminal = useContext(TerminalContext);
  if (!terminal) throw new TypeError("Cannot draw a screen outside of TerminalProvider");
  return terminal;
}
