import type { FlowState } from "../../client/sallyport.ts";
import { actionButton } from "../buttons.ts";
import type { Context, Shown } from "../context.ts";
import { element, replaceChildren } from "../element.ts";
import { whileVisible } from "../while_visible.ts";
import { tokens } from "./tokens.ts";

/** Connects Modal. Its page opens in another tab; the steps are shown here live. */
export function modal(context: Context): Shown {
  const { runAction, client, say, show } = context;
  const place = element("div", {}, "One moment…");
  const steps = element("ol", { className: "steps", ariaLive: "polite" });
  let stop = () => {};
  const update = (flow: FlowState) => {
    // Only new steps are added, so that a screen reader does not read the others again.
    const newSteps = flow.steps.slice(steps.children.length);
    steps.append(...newSteps.map(({ message }) => element("li", {}, message)));
    if (flow.status === "SUCCEEDED") {
      say(`Modal is connected${flow.workspace ? `: ${flow.workspace}` : ""}.`);
      return show(tokens);
    }
    replaceChildren(place, ...nextStep(context, flow, start));
  };
  const start = async () => {
    stop();
    steps.replaceChildren();
    const flow = await client.startModalTokenFlow().catch((error) => {
      replaceChildren(place, actionButton(context, "Start again", start, "primary"));
      throw error;
    });
    update(flow);
    stop = whileVisible(() => client.onFlow(flow.id, update, () => {}));
  };
  void runAction(place, start);
  return { title: "Connect Modal", back: tokens, content: [place, steps], onLeave: () => stop() };
}

/** The instruction and the buttons for the present status. */
function nextStep(context: Context, flow: FlowState, start: () => Promise<void>) {
  const { client } = context;
  const { code, failure, id, status, webUrl } = flow;
  if (status === "TIMED_OUT") {
    const wait = actionButton(context, "Wait again", () => client.waitForModalTokenFlow(id), "primary");
    return [element("p", {}, "Not approved in time."), wait];
  }
  if (status !== "PENDING" && status !== "WAITING") {
    const why = [failure?.message ?? "This flow has ended", failure?.actionRequired]
      .filter((sentence) => sentence);
    return [element("p", {}, `${why.join(". ")}.`), actionButton(context, "Start again", start, "primary")];
  }
  const open = element(
    "a",
    { href: webUrl ?? "", target: "_blank", rel: "noopener noreferrer" },
    "Open Modal's page",
  );
  open.className = "button primary";
  return [
    element("p", {}, "Approve it on Modal's page, which opens in another tab."),
    typeof code === "string" && element("p", {}, "Code: ", element("b", { className: "code" }, code)),
    typeof webUrl === "string" && /^https?:/.test(webUrl) && open,
    actionButton(context, "Cancel", () => client.cancelFlow(id), "plain"),
  ];
}
