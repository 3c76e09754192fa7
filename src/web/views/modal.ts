import type { FlowState } from "../../client/sallyport.ts";
import { actButton } from "../buttons.ts";
import type { Context, Shown } from "../context.ts";
import { element, replaceChildren } from "../element.ts";
import { whileVisible } from "../while_visible.ts";
import { tokens } from "./tokens.ts";

/** Connecting Modal: its page opens in another tab, and what happens there is shown here as it happens. */
export function modal(context: Context): Shown {
  const { runAction, client, say, show } = context;
  const place = element("div", {}, "One moment…");
  const steps = element("ol", { className: "steps", ariaLive: "polite" });
  let stop = () => {};
  const heard = (flow: FlowState) => {
    // Those that stand there are not told again.
    const news = flow.steps.slice(steps.children.length);
    steps.append(...news.map(({ message }) => element("li", {}, message)));
    if (flow.status === "SUCCEEDED") {
      say(`Modal is connected${flow.workspace ? `: ${flow.workspace}` : ""}.`);
      return show(tokens);
    }
    replaceChildren(place, ...toDo(context, flow, start));
  };
  const start = async () => {
    stop();
    steps.replaceChildren();
    const flow = await client.startModalTokenFlow().catch((error) => {
      replaceChildren(place, actButton(context, "Start again", start, "primary"));
      throw error;
    });
    heard(flow);
    stop = whileVisible(() => client.onFlow(flow.id, heard, () => {}));
  };
  void runAction(place, start);
  return { title: "Connect Modal", back: tokens, content: [place, steps], left: () => stop() };
}

/** What the person does next. */
function toDo(context: Context, flow: FlowState, start: () => Promise<void>) {
  const { client } = context;
  const { code, failure, id, status, webUrl } = flow;
  if (status === "TIMED_OUT") {
    const wait = actButton(context, "Wait again", () => client.waitForModalTokenFlow(id), "primary");
    return [element("p", {}, "Nobody has approved it so far."), wait];
  }
  if (status !== "PENDING" && status !== "WAITING") {
    const why = [failure?.message ?? "It has ended", failure?.actionRequired].filter((sentence) => sentence);
    return [element("p", {}, `${why.join(". ")}.`), actButton(context, "Start again", start, "primary")];
  }
  const open = element(
    "a",
    { href: webUrl ?? "", target: "_blank", rel: "noopener noreferrer" },
    "Open Modal's page",
  );
  open.className = "button primary";
  return [
    element("p", {}, "Approve it on Modal's page, which opens in another tab."),
    typeof code === "string" && element("p", {}, "Its code is ", element("b", { className: "code" }, code)),
    typeof webUrl === "string" && /^https?:/.test(webUrl) && open,
    actButton(context, "Cancel", () => client.cancelFlow(id), "plain"),
  ];
}
