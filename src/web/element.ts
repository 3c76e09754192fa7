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

/**
 * Puts other children into `parent`. Whoever works with the keyboard stays on the same control, by its id or its
 * name, or when there is none any more where it was: on no other, which a key that is pressed once more would press.
 */
export function replaceChildren(parent: HTMLElement, ...children: Child[]): void {
  const focused = parent.contains(document.activeElement) ? document.activeElement : null;
  parent.replaceChildren(...shown(children));
  if (!focused) return;
  const controls = [...parent.querySelectorAll("button, a[href], input")] as HTMLElement[];
  const same = controls.find((control) => keyOf(control) === keyOf(focused));
  if (!same) parent.tabIndex = -1;
  (same ?? parent).focus();
}

function keyOf({ ariaLabel, id, textContent }: Element): string | null {
  return id || (ariaLabel ?? textContent);
}

function shown(children: Child[]): (Node | string)[] {
  return children.filter((child) => typeof child === "string" || child instanceof Node);
}
