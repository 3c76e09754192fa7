import type { Context, Shown } from "../context.ts";
import { element } from "../element.ts";
import { problemLines } from "../problem.ts";

/** The view for an error in loading the user's state. */
export function trouble({ home }: Context, error: unknown): Shown {
  return {
    title: "Something is wrong",
    content: [
      element("p", { role: "alert", className: "problem" }, ...problemLines(error)),
      element("button", { type: "button", className: "primary wide", onclick: home }, "Try again"),
    ],
  };
}
