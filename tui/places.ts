import type { Sorting } from "./sorted_rows.ts";
import { Store } from "./store.ts";
import type { ScreenName } from "./terminal.ts";

/** The selection, filter and scroll position of a list. */
export type ListState = {
  /** The key of the selected row. If that row is gone, the first row is selected. */
  chosen: string | undefined;
  filter: string;
  /** The column that sorts the list; by default the server's order. */
  sorting: Sorting | undefined;
  /** The keys of the marked rows. */
  marked: ReadonlySet<string>;
  /** Whether the list shows only rows that need attention. */
  onlyTroubled: boolean;
  /** Whether the detail fills the screen. */
  open: boolean;
  /** The number of detail lines scrolled past. */
  scrolled: number;
};

/** A screen on the stack, with the state of its list. */
export type Place = {
  id: number;
  screen: ScreenName;
  /** Limits the screen to one user, flow or credential. */
  about?: Subject;
  /** The failed check whose cause it shows. */
  cause?: string;
  /** The name, address or id that the Why screen is asked about. */
  asks?: string;
  list: Store<ListState>;
};

export type Subject = { kind: "user" | "flow" | "credential"; id: string; label: string };

/** The subjects that a row leads to. `asks`: what the Why screen is asked about, instead of the user. */
export type Subjects = Partial<Record<Subject["kind"], Subject | undefined>> & { asks?: string | null };

/** The screen of a subject. */
export const SCREEN_OF: Record<Subject["kind"], ScreenName> = {
  user: "users",
  credential: "tokens",
  flow: "flows",
};

/** Whether a place is about a subject of this kind. */
export function idAbout({ about }: Place, kind: Subject["kind"]): string | undefined {
  return about?.kind === kind ? about.id : undefined;
}

const UNTOUCHED: ListState = {
  chosen: undefined,
  filter: "",
  sorting: undefined,
  marked: new Set(),
  onlyTroubled: false,
  open: false,
  scrolled: 0,
};

let places = 0;

export function newPlace(
  screen: ScreenName,
  { about, cause, asks, ...shown }: Partial<ListState> & Pick<Place, "about" | "cause" | "asks"> = {},
): Place {
  const list = new Store<ListState>({ ...UNTOUCHED, ...shown });
  return {
    id: places++,
    screen,
    list,
    ...(about && { about }),
    ...(cause !== undefined && { cause }),
    ...(asks !== undefined && { asks }),
  };
}

/** Earlier stacks that are kept. */
const MAX_EARLIER = 100;

/** The stack of screens, and the stacks before and after it, as in a browser. */
export function createVisits(start: ScreenName) {
  const stack = new Store<readonly Place[]>([newPlace(start)]);
  let earlier: (readonly Place[])[] = [];
  let later: (readonly Place[])[] = [];
  return {
    stack,
    visit(next: readonly Place[]): void {
      earlier = [...earlier, stack.get()].slice(-MAX_EARLIER);
      later = [];
      stack.set(next);
    },
    /** Returns false without an earlier stack. */
    backward(): boolean {
      const last = earlier.pop();
      if (!last) return false;
      later.push(stack.get());
      stack.set(last);
      return true;
    },
    forward(): boolean {
      const next = later.pop();
      if (!next) return false;
      earlier.push(stack.get());
      stack.set(next);
      return true;
    },
  };
}
