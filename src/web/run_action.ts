import { problemOf } from "./problem.ts";

/** Does something at the server for who pressed `control`. */
export type RunAction = (control: HTMLElement, work: () => Promise<void>) => Promise<void>;

/**
 * One thing at a time for each control: while it is under way, pressing again does nothing. What goes wrong is said in
 * `problem`, unless the person has gone on to another `view` by then; nothing that was typed is lost. What was said
 * before, there or in `news`, is taken away first: so the same again is heard, and seen, to be new.
 */
export function createRunAction(problem: HTMLElement, news?: HTMLElement, view?: () => unknown): RunAction {
  return async (control, work) => {
    if (control.ariaBusy === "true") return;
    const begunIn = view?.();
    control.ariaBusy = "true";
    for (const said of [problem, news]) said?.replaceChildren();
    try {
      await work();
    } catch (error) {
      if (view?.() === begunIn) problem.textContent = problemOf(error);
    } finally {
      control.ariaBusy = null;
    }
  };
}
