/** What an element is given: its own properties, and none that takes HTML or a style as text. */
type Properties<Tag extends keyof HTMLElementTagNameMap> = Partial<
  Omit<HTMLElementTagNameMap[Tag], "innerHTML" | "outerHTML" | "style" | "children">
>;

type Child = Node | string | false | null | undefined;

/** A new element. Texts become text, whatever is in them. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  properties: Properties<Tag> = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...shown(children));
  return made;
}

/** Puts other children into `parent`; whoever works with the keyboard stays on the control with the same name. */
export function replaceChildren(parent: HTMLElement, ...children: Child[]): void {
  const focused = parent.contains(document.activeElement) ? document.activeElement?.textContent : undefined;
  parent.replaceChildren(...shown(children));
  if (focused === undefined) return;
  const controls = [...parent.querySelectorAll<HTMLElement>("button, a[href], input")];
  const same = controls.find((control) => control.textContent === focused) ?? controls[0];
  (same ?? parent.closest("dialog"))?.focus();
}

function shown(children: Child[]): (Node | string)[] {
  return children.filter((child) => typeof child === "string" || child instanceof Node);
}
