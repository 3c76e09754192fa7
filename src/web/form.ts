import type { Context } from "./context.ts";
import { element } from "./element.ts";
import type { Offers } from "./offers.ts";

/** The id of the element with the view's title. */
export const TITLE_ID = "dialog-title";

/** A text field of a form. */
export type Field = {
  label: string;
  /** For browsers and password managers. */
  autocomplete: AutoFill;
  type?: "text" | "email" | "password";
  value?: string;
  hint?: string;
  optional?: boolean;
  /** Selects the keyboard of phones. */
  inputMode?: "numeric" | "email" | "text";
  minLength?: number;
};

/** A field for a new password. */
export function newPassword(label: string, { leastPasswordCharacters: minLength }: Offers): Field {
  const hint = `At least ${minLength} characters. Spaces are fine.`;
  return { label, type: "password", autocomplete: "new-password", minLength, hint };
}

/** A form that runs `work` with its values. The values stay when `work` fails. */
export function form<Name extends string>(
  { runAction }: Pick<Context, "runAction">,
  fields: Record<Name, Field>,
  submit: string,
  work: (typed: Record<Name, string>) => Promise<void>,
): HTMLFormElement {
  const names = Object.keys(fields) as Name[];
  const button = element("button", { className: "primary" }, submit);
  const made = element(
    "form",
    {
      onsubmit: (event: SubmitEvent) => {
        event.preventDefault();
        const typed = new FormData(made);
        const entries = names.map((name) => [name, String(typed.get(name) ?? "")]);
        void runAction(button, () => work(Object.fromEntries(entries)));
      },
    },
    ...names.map((name) => labelled(name, fields[name])),
    button,
  );
  // A screen reader reads the view's title together with the form's first field.
  made.setAttribute("aria-labelledby", TITLE_ID);
  return made;
}

function labelled(name: string, field: Field): HTMLElement {
  const input = element("input", {
    name,
    type: field.type ?? "text",
    autocomplete: field.autocomplete,
    value: field.value ?? "",
    required: !field.optional,
    inputMode: field.inputMode ?? "",
    autocapitalize: "none",
    spellcheck: false,
    ...(field.minLength !== undefined && { minLength: field.minLength }),
  });
  if (field.hint === undefined) return element("label", {}, field.label, input);
  const hint = element("small", { id: `hint-${name}` }, field.hint);
  input.setAttribute("aria-describedby", hint.id);
  return element("div", {}, element("label", {}, field.label, input), hint);
}
