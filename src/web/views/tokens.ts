import type { CredentialFacts } from "../../client/sallyport.ts";
import { actionButton, viewButton } from "../buttons.ts";
import type { Context, Shown } from "../context.ts";
import { element, replaceChildren } from "../element.ts";
import { problemOf } from "../problem.ts";
import { whileVisible } from "../while_visible.ts";
import { account } from "./account.ts";
import { modal } from "./modal.ts";
import { moment } from "./sessions.ts";

/** The user's connected accounts, with the live health of their tokens. */
export function tokens(context: Context): Shown {
  const { client, connectGoogle, offers } = context;
  const list = element("ul", { className: "list", ariaLive: "polite" });
  const again = { GOOGLE: connectGoogle, MODAL: () => Promise.resolve(context.show(modal)) };
  const update = (credentials: CredentialFacts[]) => {
    const active = credentials.filter(({ health }) => health !== "REVOKED");
    const rows = active.map((credential) => row(context, credential, again[credential.provider]));
    replaceChildren(list, ...(rows.length > 0 ? rows : [element("li", {}, "Nothing is connected yet.")]));
  };
  const failed = (error: unknown) => replaceChildren(list, element("li", {}, problemOf(error)));
  const stop = whileVisible(() => client.onCredentials(update, failed));
  return {
    title: "Connected accounts",
    back: account,
    content: [
      list,
      offers.google && actionButton(context, "Connect Google", connectGoogle, "wide"),
      viewButton(context, "Connect Modal", modal, "wide"),
    ],
    onLeave: stop,
  };
}

/** The meaning of each health, for users. */
const HEALTH: Record<CredentialFacts["health"], string> = {
  HEALTHY: "works",
  EXPIRING: "expires soon",
  EXPIRED: "is being renewed",
  REAUTHORIZATION_REQUIRED: "needs your permission again",
  REVOKED: "revoked",
  UNKNOWN: "not known",
};

function row(context: Context, credential: CredentialFacts, again: () => Promise<void>): HTMLLIElement {
  const { expiresAt, health, id, label, lastFailure, provider } = credential;
  const name = provider === "GOOGLE" ? "Google" : "Modal";
  const button = (text: string, work: () => Promise<void>) =>
    Object.assign(actionButton(context, text, work), { ariaLabel: `${text} ${name} ${label}` });
  return element(
    "li",
    {},
    element(
      "div",
      {},
      element("b", {}, `${name} · `, element("bdi", {}, label)),
      element("p", {}, element("span", { className: `health ${health}` }, health), ` ${HEALTH[health]}`),
      expiresAt !== null && element("p", {}, `until ${moment(expiresAt)}`),
      lastFailure !== null && element("p", {}, lastFailure),
    ),
    health === "REAUTHORIZATION_REQUIRED" && button("Allow again", again),
    button("Disconnect", async () => void await context.client.revokeCredential(id)),
  );
}
