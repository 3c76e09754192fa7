import type { SecondFactorFlow, SignInOutcome } from "../../client/sallyport.ts";
import { actionButton, viewButton } from "../buttons.ts";
import type { Context, View } from "../context.ts";
import { element } from "../element.ts";
import { type Field, form } from "../form.ts";
import { challengeLimits } from "../second_factor/challenge_limits.ts";
import { type Way, waysOf } from "../second_factor/ways.ts";
import { choose } from "./choose.ts";

export type ChallengeOptions = {
  /** The label of the button that sends the proof. */
  submit: string;
  /** The view for the Back button, and to start again. */
  back: View;
  onProven: () => void;
};

/** Shows the account, or asks for a second factor first. */
export function finishSignIn({ home, show }: Context, { challenge: flow }: SignInOutcome): void {
  if (flow) show(challenge(flow, { submit: "Sign in", back: choose, onProven: home }));
  else home();
}

/** Asks for a second factor, in one of the ways that the challenge accepts. */
export function challenge(flow: SecondFactorFlow, { submit, back, onProven }: ChallengeOptions): View {
  return (context) => {
    const ways = waysOf(context, flow);
    const prove = (way: Way) => async ({ [way.kind]: typed = "" }: Record<string, string>) => {
      await limits.attempt(() => way.verify(context, flow, typed), way.wrong);
      onProven();
    };
    const entries = ways.map((way) => {
      const fields: Record<string, Field> = way.field ? { [way.kind]: way.field } : {};
      const entry = form(context, fields, way.submit ?? submit, prove(way));
      return element("div", {}, element("p", {}, way.ask), entry);
    });
    const select = (selected: number) => {
      for (const [index, entry] of entries.entries()) entry.hidden = index !== selected;
      for (const [index, choice] of choices.entries()) choice.hidden = index === selected;
      entries[selected]?.querySelector<HTMLElement>("input, button")?.focus();
    };
    const choices = ways.map((way, index) =>
      actionButton(context, way.select, () => Promise.resolve(select(index)), "link")
    );
    const over = element("p", { ariaLive: "polite" });
    const again = viewButton(context, "Start again", back, "primary wide");
    again.hidden = true;
    const limits = challengeLimits(context, flow, (why) => {
      const parts = [...entries, ...choices, limits.place];
      const hadFocus = parts.some((part) => part.contains(document.activeElement));
      for (const part of parts) part.hidden = true;
      over.textContent = `${why}. Start again.`;
      again.hidden = false;
      if (hadFocus) again.focus();
    });
    select(0);
    return {
      title: "Second factor",
      back,
      content: [
        ways.length === 0 && "This page does not support your second factor.",
        ...entries,
        limits.place,
        ...choices,
        over,
        again,
      ],
      onLeave: limits.stop,
    };
  };
}
