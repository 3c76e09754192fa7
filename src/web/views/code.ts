import type { EmailCodeFlow, FlowState } from "../../client/sallyport.ts";
import { actButton } from "../buttons.ts";
import type { View } from "../context.ts";
import { countDown } from "../countdown.ts";
import { element } from "../element.ts";
import { form } from "../form.ts";
import { span } from "../problem.ts";
import { whileVisible } from "../while_visible.ts";
import { email } from "./email.ts";

/** Typing the code that was mailed. What becomes of the mail, and of the tries, is shown as it happens. */
export function code(flow: EmailCodeFlow): View {
  return (context) => {
    const { client, home, show, say } = context;
    const entry = form(
      context,
      { code: { label: "Six digits", autocomplete: "one-time-code", inputMode: "numeric" } },
      "Sign in",
      async ({ code }) => {
        await client.verifyEmailCode(flow.id, code);
        home();
      },
    );
    const standing = element("p", { className: "hint", ariaLive: "polite" }, triesLeft(flow.attemptsLeft));
    const again = actButton(context, "", async () => {
      if (again.ariaDisabled === "true") return;
      const next = await client.requestEmailCode(flow.email);
      say("Another code is on its way. The earlier ones go on working.");
      show(code(next));
    }, "link");
    const wait = (Date.parse(flow.resendAt) - Date.parse(flow.createdAt)) / 1000;
    const stopCounting = countDown(wait, (left) => {
      again.ariaDisabled = String(left > 0);
      again.textContent = left > 0 ? `Send another code in ${span(left)}` : "Send another code";
    });
    const heard = ({ status, steps, attemptsLeft, failure }: FlowState) => {
      if (status === "SUCCEEDED") return;
      const ended = ["FAILED", "EXPIRED", "CANCELLED"].includes(status);
      if (ended && entry.contains(document.activeElement)) again.focus();
      entry.hidden = ended;
      const mailed = steps.findLast(({ name }) => name.startsWith("mail_"))?.message;
      standing.textContent = ended
        ? `${status === "FAILED" && failure ? failure.message : "This code is over"}. Ask for another one.`
        : [mailed, triesLeft(attemptsLeft ?? 0)].filter((sentence) => sentence).join(". ");
    };
    const stopFollowing = whileVisible(() => client.onFlow(flow.id, heard, () => {}));
    return {
      title: "Read your mail",
      back: email(flow.email),
      content: [
        element("p", {}, "A code is on its way to ", element("b", {}, flow.email), "."),
        entry,
        standing,
        again,
      ],
      left: () => {
        stopCounting();
        stopFollowing();
      },
    };
  };
}

function triesLeft(count: number): string {
  return count === 1 ? "One try left" : `${count} tries left`;
}
