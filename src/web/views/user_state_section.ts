import { type AuthState, SallyportError, type UserState } from "../../client/sallyport.ts";
import { actButton } from "../buttons.ts";
import type { Context } from "../context.ts";
import { element, replaceChildren } from "../element.ts";

/** The state that somebody is in, and where they may go from there; what a state takes is said when it refuses. */
export function userStateSection(context: Context) {
  const { client } = context;
  const present = element("p", { ariaLive: "polite" });
  const ways = element("div", { className: "row" });
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
  const heard = ({ currentState, allowedTransitions, stateMetadata }: AuthState) => {
    replaceChildren(present, "You are in the state ", element("b", { className: "state" }, currentState));
    replaceChildren(ways, ...allowedTransitions.map((to) => actButton(context, `Go to ${to}`, go(to))));
    metadata.textContent = JSON.stringify(stateMetadata, null, 2);
  };
  const section = element(
    "section",
    {},
    present,
    ways,
    missing,
    element("details", {}, element("summary", {}, "What is known about you"), metadata),
  );
  return { section, heard };
}

function requirement({ description, satisfied }: { description: string; satisfied: boolean }) {
  return element(
    "li",
    { className: satisfied ? "met" : "missing" },
    `${satisfied ? "Done: " : ""}${description}`,
  );
}
