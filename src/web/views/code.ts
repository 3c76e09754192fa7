import type { EmailCodeFlow, FlowState } from "../../client/sallyport.ts";
import { actionButton } from "../buttons.ts";
import type { View } from "../context.ts";
import { countDown } from "../countdown.ts";
import { element } from "../element.ts";
import { form } from "../form.ts";
import { span, triesLeft } from "../problem.ts";
import { whileVisible } from "../while_visible.ts";
import { finishSignIn } from "./challenge.ts";
import { email } from "./email.ts";

/** A form for the mailed code, with the live status of the mail and the attempts left. */
export function code(flow: EmailCodeFlow): View {
  return (context) => {
    const { client, show, say } = context;
    const entry = form(
      context,
      { code: { label: "Six digits", autocomplete: "one-time-code", inputMode: "numeric" } },
      "Sign in",
      async ({ code }) => {
        finishSignIn(context, await client.verifyEmailCode(flow.id, code));
      },
    );
    const status = element("p", { className: "hint", ariaLive: "polite" }, triesLeft(flow.attemptsLeft));
    const again = actionButton(context, "", async () => {
      if (again.ariaDisabled === "true") return;
      const next = await client.requestEmailCode(flow.email);
      say("Another code is on its way. Earlier codes still work.");
      show(code(next));
    }, "link");
    const wait = (Date.parse(flow.resendAt) - Date.parse(flow.createdAt)) / 1000;
    const stopCounting = countDown(wait, (left) => {
      again.ariaDisabled = String(left > 0);
      again.textContent = left > 0 ? `Send another code in ${span(left)}` : "Send another code";
    });
    const update = ({ status: flowStatus, steps, attemptsLeft, failure }: FlowState) => {
      if (flowStatus === "SUCCEEDED") return;
      const ended = ["FAILED", "EXPIRED", "CANCELLED"].includes(flowStatus);
      if (ended && entry.contains(document.activeElement)) again.focus();
      entry.hidden = ended;
      const mailed = steps.findLast(({ name }) => name.startsWith("mail_"))?.message;
      status.textContent = ended
        ? `${
          flowStatus === "FAILED" && failure ? failure.message : "This code is no longer valid"
        }. Ask for another one.`
        : [mailed, triesLeft(attemptsLeft ?? 0)].filter((sentence) => sentence).join(". ");
    };
    const stopFollowing = whileVisible(() => client.onFlow(flow.id, update, () => {}));
    return {
      title: "Check your e-mail",
      back: email(flow.email),
      content: [
        element("p", {}, "A code is on its way to ", element("b", {}, flow.email), "."),
        entry,
        status,
        again,
      ],
      onLeave: () => {
        stopCounting();
        stopFollowing();
      },
    };
  };
}
