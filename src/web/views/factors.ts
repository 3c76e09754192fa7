import type { FactorFacts, FactorKind } from "../../client/sallyport.ts";
import { actionButton, viewButton } from "../buttons.ts";
import type { Context, Shown } from "../context.ts";
import { element, replaceChildren } from "../element.ts";
import { problemOf } from "../problem.ts";
import { account } from "./account.ts";
import { addAuthenticator } from "./add_authenticator.ts";
import { addPasskey } from "./add_passkey.ts";
import { factor } from "./factor.ts";
import { recoveryCodes } from "./recovery_codes.ts";
import { moment } from "./sessions.ts";

/** At this number of recovery codes or fewer, the user is asked to create new ones. */
const FEW_CODES = 3;

/** The user's second factors, with buttons to add and change them. */
export function factors(context: Context): Shown {
  const { client, passkeys, show } = context;
  const list = element("ul", { className: "list" });
  const renew = actionButton(
    context,
    "Create new recovery codes",
    async () => show(recoveryCodes(await client.regenerateRecoveryCodes())),
    "wide",
  );
  renew.hidden = true;
  const update = (all: FactorFacts[]) => {
    const rows = all.map((each) => row(context, each));
    replaceChildren(
      list,
      ...(rows.length > 0 ? rows : [element("li", {}, "You have no passkey or second factor yet.")]),
    );
    renew.hidden = all.length === 0;
  };
  // Not as an action, which would remove the message of the previous view.
  const failed = (error: unknown) => replaceChildren(list, element("li", {}, problemOf(error)));
  client.factors().then(update, failed);
  return {
    title: "Passkeys and second factors",
    back: account,
    content: [
      element(
        "p",
        {},
        "With a passkey or another second factor, a stolen password is not enough to sign in.",
      ),
      list,
      passkeys && viewButton(context, "Add a passkey", addPasskey(passkeys), "wide"),
      viewButton(context, "Add an authenticator app", addAuthenticator, "wide"),
      renew,
    ],
  };
}

const KINDS: Record<FactorKind, string> = {
  TOTP: "Authenticator app",
  PASSKEY: "Passkey",
  RECOVERY_CODES: "Each replaces another factor once",
};

function row(context: Context, each: FactorFacts): HTMLLIElement {
  const { backedUp, createdAt, id, kind, lastUsedAt, name, remaining } = each;
  const change = viewButton(context, "Change", factor(each));
  change.id = `change-${id}`;
  change.ariaLabel = `Change ${name}`;
  return element(
    "li",
    {},
    element(
      "div",
      {},
      element("b", { dir: "auto" }, name),
      element("p", {}, KINDS[kind]),
      backedUp !== null &&
        element("p", {}, backedUp ? "Backed up, and maybe on other devices" : "On one device only"),
      element("p", {}, `Added ${moment(createdAt)}`),
      element("p", {}, lastUsedAt === null ? "Never used" : `Last used ${moment(lastUsedAt)}`),
      remaining !== null && codesLeft(remaining),
    ),
    kind !== "RECOVERY_CODES" && change,
  );
}

function codesLeft(remaining: number): HTMLParagraphElement {
  const count = remaining === 1 ? "One code left" : `${remaining === 0 ? "No" : remaining} codes left`;
  if (remaining > FEW_CODES) return element("p", {}, count);
  return element("p", { className: "warning" }, `${count}. Create new ones.`);
}
