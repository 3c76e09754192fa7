/** An element's properties, without those that take HTML or styles as text. */
type Properties<Tag extends keyof HTMLElementTagNameMap> = Partial<
  Omit<HTMLElementTagNameMap[Tag], "innerHTML" | "outerHTML" | "style" | "children">
>;

type Child = Node | string | false | null | undefined;

/** Creates an element. Strings become text nodes, never HTML. */
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
 * Replaces the children of `parent`. The focus stays on the same control, found by its id or name. If that control is
 * gone, the focus moves to `parent`, not to another control: a repeated key must not press that.
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
