import { problemOf } from "./problem.ts";

/** Does something at the server for who pressed `control`. */
export type Act = (control: HTMLElement, work: () => Promise<void>) => Promise<void>;

/**
 * One thing at a time for each control: while it is under way, pressing again does nothing. What goes wrong is said in
 * `problem`, and nothing that was typed is lost.
 */
export function createAct(problem: HTMLElement): Act {
  return async (control, work) => {
    if (control.ariaBusy === "true") return;
    control.ariaBusy = "true";
    problem.textContent = "";
    try {
      await work();
    } catch (error) {
      // Who has gone on to something else is not told of what they left.
      if (control.isConnected) problem.textContent = problemOf(error);
    } finally {
      control.ariaBusy = null;
    }
  };
}
