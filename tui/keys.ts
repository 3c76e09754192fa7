import type { Key } from "ink";

/** What an operator's token must allow for an action. */
export type Role = "READ" | "OPERATE" | "REVEAL";

/** A key and what it does: dispatch, the footer and the help are made from the same ones. */
export type Binding = {
  /** Each as `keyName` says it; the first is the one that is shown. */
  keys: readonly string[];
  hint: string;
  /** Why it cannot be done now. It stays visible, and says so when it is pressed. */
  disabled?: string | undefined;
  /** Changes or reveals something, and so needs a token with this role. `--read-only` leaves it out. */
  needs?: Exclude<Role, "READ">;
  /** Destroys something. */
  danger?: boolean;
  /** Left out of the footer; the help has it. */
  quiet?: boolean;
  run: () => void;
};

/** Who takes the keys. A layer with `type` takes all of them: what is typed into it never reaches what lies below. */
export type Layer = {
  title: string;
  bindings: readonly Binding[];
  type?: (text: string) => void;
};

/** What a key is called: `enter`, `ctrl+c`, `pagedown`, or the character it types. */
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
  // What most terminals send for the backspace key.
  delete: "backspace",
} as const;

const SPECIAL = Object.keys(NAMES) as (keyof typeof NAMES)[];

/** A key that was pressed: what it types, and what it is called. */
export type PressedKey = { input: string; name: string };

/** Keys that came in one piece, as when a person types fast, one by one. */
export function separateKeys(input: string, key: Key): PressedKey[] {
  const one = SPECIAL.some((name) => key[name]) || key.ctrl || [...input].length <= 1;
  if (one) return [{ input, name: keyName(input, key) }];
  return [...input].map((character) => ({ input: character, name: keyName(character, key) }));
}

/** How many of the leading keys this layer takes as text. A key with a binding of its own ends them. */
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

/** Gives a key to the uppermost layer that knows it. */
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

/** `bindings` as this operator may use them: none that changes anything when read-only, and a reason at the others. */
export function allowed(
  bindings: readonly Binding[],
  { readOnly, role }: { readOnly: boolean; role: Role | undefined },
): Binding[] {
  return bindings.filter(({ needs }) => !needs || !readOnly).map((binding) => {
    if (!binding.needs || role && includesRole(role, binding.needs)) return binding;
    const disabled = role
      ? `This needs an operator token with the role ${binding.needs}`
      : "The server has yet to say what this token allows";
    return { ...binding, disabled };
  });
}

const ROLES: readonly Role[] = ["READ", "OPERATE", "REVEAL"];

/** Whether an operator with the role `has` may do what needs `needed`. */
function includesRole(has: Role, needed: Role): boolean {
  return ROLES.indexOf(has) >= ROLES.indexOf(needed);
}

/** How a key is written in the footer and the help. */
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
