import type { Key } from "ink";
import type { Cell } from "./mouse.ts";

/** The role of an operator token. Each one includes those before it. */
export type Role = "READ" | "OPERATE" | "REVEAL";

/** A key and its action. Dispatch, the footer and the help all use the same bindings. */
export type Binding = {
  /** Names as `keyName` returns them. The first one is shown. */
  keys: readonly string[];
  hint: string;
  /** The reason why the action is not possible now. The key stays visible and shows the reason when pressed. */
  disabled?: string | undefined;
  /** The role that the action needs because it changes or reveals something. `--read-only` removes the key. */
  needs?: Exclude<Role, "READ">;
  /** Destroys something. */
  danger?: boolean;
  /** Shown in the help but not in the footer. */
  quiet?: boolean;
  run: () => void;
};

/** A set of bindings. A layer with `type` is a text field: it takes every key, so none reaches the layers below. */
export type Layer = {
  title: string;
  bindings: readonly Binding[];
  type?: (text: string) => void;
  /** Takes a click with the mouse. */
  click?: (cell: Cell) => void;
};

/** The name of a key: `enter`, `ctrl+c`, `pagedown`, or the character it types. */
export function keyName(input: string, key: Key): string {
  const special = SPECIAL.find((name) => key[name]);
  if (special) return NAMES[special];
  if (input === " ") return "space";
  if (input === "\r" || input === "\n") return "enter";
  if (input === "\t") return "tab";
  return key.ctrl ? `ctrl+${input}` : input;
}

const NAMES = {
  upArrow: "up",
  downArrow: "down",
  leftArrow: "left",
  rightArrow: "right",
  pageUp: "pageup",
  pageDown: "pagedown",
  home: "home",
  end: "end",
  return: "enter",
  escape: "esc",
  tab: "tab",
  backspace: "backspace",
  // Most terminals send this for the backspace key.
  delete: "backspace",
} as const;

const SPECIAL = Object.keys(NAMES) as (keyof typeof NAMES)[];

/** A pressed key: the character it types, and its name. */
export type PressedKey = { input: string; name: string };

/** Splits keys that arrived in one read, as when a person types fast. */
export function separateKeys(input: string, key: Key): PressedKey[] {
  const one = SPECIAL.some((name) => key[name]) || key.ctrl || [...input].length <= 1;
  if (one) return [{ input, name: keyName(input, key) }];
  return [...input].map((character) => ({ input: character, name: keyName(character, key) }));
}

/** The number of leading keys that this layer takes as text. A key with a binding ends the text. */
export function typedRun(layer: Layer | undefined, keys: readonly PressedKey[]): number {
  if (!layer?.type) return 0;
  const end = keys.findIndex(({ name }) =>
    !isText(name) || layer.bindings.some((binding) => binding.keys.includes(name))
  );
  return end === -1 ? keys.length : end;
}

/** Whether the key types a character. */
function isText(name: string): boolean {
  return name === "space" || [...name].length === 1;
}

export type Dispatched = "ran" | "typed" | "unknown" | { refused: string };

/** Gives a key to the topmost layer that has a binding or text field for it. */
export function dispatch(layers: readonly Layer[], name: string, input: string): Dispatched {
  for (const layer of layers.toReversed()) {
    const binding = layer.bindings.find(({ keys }) => keys.includes(name));
    if (binding?.disabled) return { refused: binding.disabled };
    if (binding) {
      binding.run();
      return "ran";
    }
    if (!layer.type) continue;
    if (isText(name)) layer.type(input);
    return "typed";
  }
  return "unknown";
}

/** Gives a click to the topmost layer that takes it. No click reaches the layers below a text field. */
export function dispatchClick(layers: readonly Layer[], cell: Cell): void {
  layers.findLast(({ click, type }) => click ?? type)?.click?.(cell);
}

/**
 * The bindings that this operator may use. Read-only mode removes those that need a role; a role that is too low
 * disables them.
 */
export function allowed(
  bindings: readonly Binding[],
  { readOnly, role }: { readOnly: boolean; role: Role | undefined },
): Binding[] {
  return bindings.filter(({ needs }) => !needs || !readOnly).map((binding) => {
    if (!binding.needs || role && includesRole(role, binding.needs)) return binding;
    const disabled = role
      ? `This needs an operator token with the role ${binding.needs}`
      : "Still connecting. The role of this token is not known yet";
    return { ...binding, disabled };
  });
}

const ROLES: readonly Role[] = ["READ", "OPERATE", "REVEAL"];

/** Whether the role `has` includes the role `needed`. */
function includesRole(has: Role, needed: Role): boolean {
  return ROLES.indexOf(has) >= ROLES.indexOf(needed);
}

/** The label of a key in the footer and the help. */
export function shownKey(name: string): string {
  return SHOWN[name] ?? name;
}

const SHOWN: Record<string, string> = {
  up: "↑",
  down: "↓",
  enter: "⏎",
  esc: "Esc",
  space: "Space",
  pageup: "PgUp",
  pagedown: "PgDn",
};
