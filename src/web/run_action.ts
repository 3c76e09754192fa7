import { element, replaceChildren } from "./element.ts";
import { problemOf, requestOf } from "./problem.ts";

/** Runs the action of a `control`. */
export type RunAction = (control: HTMLElement, work: () => Promise<void>) => Promise<void>;

/**
 * Creates a `RunAction`. A control runs one action at a time; pressing it again meanwhile does nothing. An error is
 * shown in `problem`, unless the user has moved to another `view`. Old texts in `problem` and `news` are removed first,
 * so that a screen reader reads the same text again.
 */
export function createRunAction(problem: HTMLElement, news?: HTMLElement, view?: () => unknown): RunAction {
  return async (control, work) => {
    if (control.ariaBusy === "true") return;
    const startView = view?.();
    control.ariaBusy = "true";
    for (const text of [problem, news]) text?.replaceChildren();
    try {
      await work();
    } catch (error) {
      if (view?.() === startView) showProblem(problem, error);
    } finally {
      control.ariaBusy = null;
    }
  };
}

function showProblem(problem: HTMLElement, error: unknown): void {
  const request = requestOf(error);
  replaceChildren(problem, problemOf(error), request && element("small", {}, request));
}
