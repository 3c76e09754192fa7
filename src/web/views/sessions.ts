import type { SessionFacts } from "../../client/sallyport.ts";
import { actionButton } from "../buttons.ts";
import type { Context, Shown } from "../context.ts";
import { element, replaceChildren } from "../element.ts";
import { account } from "./account.ts";

/** The user's sessions, with buttons to end them. */
export function sessions(context: Context): Shown {
  const { runAction, client, say } = context;
  const list = element("ul", { className: "list" });
  const read = async () => {
    const all = await client.sessions();
    const end = ({ id, current }: SessionFacts) => async () => {
      await client.revokeSession(id);
      // When the user's own session ends, the subscription to the state shows the next view.
      if (!current) await read();
    };
    replaceChildren(list, ...all.map((session) => row(context, session, end(session))));
  };
  void runAction(list, read);
  return {
    title: "Where you are signed in",
    back: account,
    content: [
      list,
      actionButton(context, "End all others", async () => {
        say(`${await client.revokeOtherSessions()}.`);
        await read();
      }, "wide"),
    ],
  };
}

function row(context: Context, session: SessionFacts, end: () => Promise<void>): HTMLLIElement {
  const { current, id, ipAddress, lastSeenAt, method, userAgent } = session;
  const device = deviceOf(userAgent);
  const button = actionButton(context, "End", end);
  button.id = `end-${id}`;
  button.ariaLabel = current ? "End this session" : `End the session of ${device}`;
  return element(
    "li",
    {},
    element(
      "div",
      {},
      element("b", {}, current ? "This browser" : device),
      element(
        "p",
        { title: userAgent ?? "" },
        [
          current && device,
          method.toLowerCase().replace("_", " "),
          ipAddress,
          `seen ${moment(lastSeenAt)}`,
        ].filter((fact) => fact).join(" · "),
      ),
    ),
    button,
  );
}

/** The browser and the system in a user agent, or the user agent's first word. */
function deviceOf(userAgent: string | null): string {
  const text = userAgent ?? "";
  const browser = /Edg|OPR|Firefox|Chrome|Safari/.exec(text)?.[0];
  const system = /Windows|Android|iPhone|iPad|Mac OS|Linux/.exec(text)?.[0];
  const named = { Edg: "Edge", OPR: "Opera" }[browser ?? ""] ?? browser;
  return [named ?? (text.split(/[\s/]/)[0] || "A program"), system].filter((word) => word).join(" on ");
}

export function moment(time: string): string {
  return new Date(time).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}
