import { type AuthState, SallyportError, type UserState } from "../../client/sallyport.ts";
import { actionButton } from "../buttons.ts";
import type { Context } from "../context.ts";
import { element, replaceChildren } from "../element.ts";

/** The user's state, with a button for each allowed transition, and the requirements of a refused one. */
export function userStateSection(context: Context) {
  const { client } = context;
  const present = element("p", { ariaLive: "polite" });
  const transitions = element("div", { className: "row" });
  const missing = element("ul", { className: "requirements" });
  const metadata = element("pre");
  const go = (to: UserState) => async () => {
    missing.replaceChildren();
    try {
      await client.transitionState(to);
    } catch (error) {
      if (error instanceof SallyportError && error.code === "REQUIREMENTS_NOT_MET") {
        const { requirements } = await client.stateRequirements(to);
        replaceChildren(missing, ...requirements.map(requirement));
      }
      throw error;
    }
  };
  const update = ({ currentState, allowedTransitions, stateMetadata }: AuthState) => {
    replaceChildren(present, "You are in the state ", element("b", { className: "state" }, currentState));
    replaceChildren(
      transitions,
      ...allowedTransitions.map((to) => actionButton(context, `Go to ${to}`, go(to))),
    );
    metadata.textContent = JSON.stringify(stateMetadata, null, 2);
  };
  const section = element(
    "section",
    {},
    present,
    transitions,
    missing,
    element("details", {}, element("summary", {}, "Stored data about you"), metadata),
  );
  return { section, update };
}

function requirement({ description, satisfied }: { description: string; satisfied: boolean }) {
  return element(
    "li",
    { className: satisfied ? "met" : "missing" },
    `${satisfied ? "Done: " : ""}${description}`,
  );
}
