import { createContext, useContext } from "react";
import type { Api } from "./api.ts";
import type { Layer } from "./keys.ts";
import type { Line } from "./lines.tsx";
import { refusalSentence } from "./refusal.ts";
import { Store } from "./store.ts";
import type { Tone } from "./theme.ts";

export const SCREENS = ["flows", "tokens", "users", "sessions", "events", "mail", "health"] as const;

export type ScreenName = (typeof SCREENS)[number];

/** What each screen is called; its place in the list is its number. */
export const TITLES: Record<ScreenName, string> = {
  flows: "Flows",
  tokens: "Tokens",
  users: "Users",
  sessions: "Sessions",
  events: "Events",
  mail: "Mail",
  health: "Health",
};

/** Where a list stands. */
export type ListState = {
  /** The chosen row's key; the first row when it is gone. */
  chosen: string | undefined;
  filter: string;
  /** Whether the detail has the screen to itself. */
  open: boolean;
  /** Lines of the detail that have been scrolled away. */
  scrolled: number;
};

/** A screen on the stack, and where its list stands. */
export type Place = {
  screen: ScreenName;
  /** Whose things it shows; everything when left out. */
  about?: Subject;
  list: Store<ListState>;
};

export type Subject = { kind: "user" | "flow" | "credential"; id: string; label: string };

/** A question at the foot of the screen. */
export type Question = {
  question: string;
  /** What was typed so far. */
  typed: string;
  danger: boolean;
  /** The keys that answer; without them it is text that ends with Enter. */
  choices?: readonly { key: string; label: string }[] | undefined;
  /** What must be typed to the letter. */
  exactly?: string | undefined;
  answer: (answer: string | undefined) => void;
};

/** What covers the screen for a while. */
export type Overlay = {
  title: string;
  lines: readonly Line[];
  bindings: Layer["bindings"];
  /** When it closes by itself. */
  closesAt?: number;
};

export type Message = { text: string; tone: Tone };

/** The terminal: where one is, what it asks and says. Screens change it; the app draws it. */
export type Terminal = ReturnType<typeof createTerminal>;

export function createTerminal(api: Api, start: ScreenName, quit: () => void) {
  const stack = new Store<readonly Place[]>([newPlace(start)]);
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
    /** Whether what is typed goes into the present list's filter. */
    filtering,
    say,
    here: (): Place => stack.get().at(-1) ?? newPlace(start),
    /** Leaves everything for another screen. */
    go(screen: ScreenName): void {
      filtering.set(false);
      stack.set([newPlace(screen)]);
    },
    /** Goes into what belongs to `about`; Esc comes back. */
    enter(screen: ScreenName, about: Subject): void {
      filtering.set(false);
      stack.update((places) => [...places, newPlace(screen, about)]);
    },
    back(): void {
      stack.update((places) => places.length > 1 ? places.slice(0, -1) : places);
    },
    /** Text, as typed; undefined when it was broken off. */
    askText: (asked: string) => ask({ question: asked, danger: false }),
    /** Asks for y or n. */
    confirm: async (asked: string): Promise<boolean> =>
      await ask({
        question: asked,
        danger: true,
        choices: [{ key: "y", label: "yes" }, { key: "n", label: "no" }],
      }) === "y",
    /** Asks for the name in full; false unless it is typed to the letter. */
    confirmName: async (asked: string, exactly: string): Promise<boolean> =>
      await ask({ question: asked, danger: true, exactly }) === exactly,
    choose: (asked: string, choices: readonly { key: string; label: string }[]) =>
      ask({ question: asked, danger: false, choices }),
    /** Does something, and says what became of it: the sentence it gives, or why it was refused. */
    async runAction(work: () => Promise<string | undefined>): Promise<void> {
      try {
        const done = await work();
        if (done) say(done);
      } catch (error) {
        say(refusalSentence(error), "bad");
      }
    },
    /** Shows a page in a browser, or says that there is none. */
    open(url: string): Promise<void> {
      return this.runAction(async () =>
        await api.desktop.open(url) ? "Opened in the browser" : `No browser here: ${url}`
      );
    },
    copy(text: string, what: string): void {
      api.desktop.copy(text);
      say(`Copied ${what}`);
    },
  };
}

function newPlace(screen: ScreenName, about?: Subject): Place {
  const list = new Store<ListState>({ chosen: undefined, filter: "", open: false, scrolled: 0 });
  return { screen, list, ...(about && { about }) };
}

const TerminalContext = createContext<Terminal | undefined>(undefined);

export const TerminalProvider = TerminalContext;

export function useTerminal(): Terminal {
  const terminal = useContext(TerminalContext);
  if (!terminal) throw new TypeError("Cannot draw a screen: it is outside of the terminal");
  return terminal;
}
