import { type FlowState, SallyportError, type SecondFactorFlow } from "../../client/sallyport.ts";
import type { Context } from "../context.ts";
import { countDown } from "../countdown.ts";
import { element } from "../element.ts";
import { Problem, span, triesLeft } from "../problem.ts";
import { whileVisible } from "../while_visible.ts";

/** Shows the tries and the time that a challenge has left, live. Calls `onEnd` with the reason when it has ended. */
export function challengeLimits(
  { client }: Pick<Context, "client">,
  flow: SecondFactorFlow,
  onEnd: (why: string) => void,
) {
  const place = element("p", { className: "hint" });
  let { attemptsLeft } = flow;
  let secondsLeft = (Date.parse(flow.expiresAt) - Date.parse(flow.createdAt)) / 1000;
  let ended = false;
  const end = (why: string) => {
    if (ended) return;
    ended = true;
    onEnd(why);
  };
  const update = () => {
    place.textContent = `${triesLeft(attemptsLeft)}, for ${span(secondsLeft)}`;
    if (attemptsLeft === 0) end("The second factor was tried too often");
    if (secondsLeft === 0) end("The time is over");
  };
  const stopCounting = countDown(secondsLeft, (left) => {
    secondsLeft = left;
    update();
  });
  const follow = (state: FlowState) => {
    if (state.status === "SUCCEEDED") return;
    if (state.status !== "WAITING") return end(state.failure?.message ?? "The time is over");
    attemptsLeft = state.attemptsLeft ?? attemptsLeft;
    update();
  };
  const stopFollowing = whileVisible(() => client.onFlow(flow.id, follow, () => {}));
  return {
    place,
    stop: () => {
      stopCounting();
      stopFollowing();
    },
    /** Runs an attempt. A refused proof is thrown as a `Problem` that says what was `wrong`, and the tries left. */
    attempt: async (work: () => Promise<unknown>, wrong: string) => {
      const before = attemptsLeft;
      try {
        await work();
      } catch (error) {
        if (!(error instanceof SallyportError && error.code === "SECOND_FACTOR_REJECTED")) throw error;
        // The subscription may have reported this attempt already.
        attemptsLeft = Math.min(attemptsLeft, before - 1);
        update();
        throw new Problem(`${wrong}. ${triesLeft(attemptsLeft)}`);
      }
    },
  };
}
