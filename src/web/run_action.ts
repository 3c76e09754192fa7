import { RequestRefused, SallyportError } from "../client/sallyport.ts";
import { replaceChildren } from "./element.ts";
import { problemLines } from "./problem.ts";

/**
 * Asks for the second factor that a refused action requires. Resolves to whether the user has proven it; rejects with
 * the refusal if the user has none.
 */
export type StepUp = (refused: Error) => Promise<boolean>;

/** Runs the action of a `control`. */
export type RunAction = (control: HTMLElement, work: () => Promise<void>) => Promise<void>;

/**
 * Creates a `RunAction`. A control runs one action at a time; pressing it again meanwhile does nothing. An error is
 * shown in `problem`, unless the user has moved to another `view`. Old texts in `problem` and `news` are removed first,
 * so that a screen reader reads the same text again. If the action requires a fresh second factor, `stepUp` asks for it,
 * and the action runs again.
 */
export function createRunAction(
  problem: HTMLElement,
  news?: HTMLElement,
  view?: () => unknown,
  stepUp?: StepUp,
): RunAction {
  return async (control, work) => {
    if (control.ariaBusy === "true") return;
    let startView = view?.();
    control.ariaBusy = "true";
    for (const text of [problem, news]) text?.replaceChildren();
    try {
      await work().catch(async (error) => {
        if (!stepUp || !isStepUpRequired(error) || view?.() !== startView) throw error;
        if (!await stepUp(error)) return;
        startView = view?.();
        await work();
      });
    } catch (error) {
      if (view?.() === startView) showProblem(problem, error);
    } finally {
      control.ariaBusy = null;
    }
  };
}

function isStepUpRequired(error: unknown): error is Error {
  return (error instanceof SallyportError || error instanceof RequestRefused) &&
    error.code === "STEP_UP_REQUIRED";
}

function showProblem(problem: HTMLElement, error: unknown): void {
  replaceChildren(problem, ...problemLines(error));
}
