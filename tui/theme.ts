/** What a piece of text means. Colour only underlines it: the words and the signs say it too. */
export type Tone = "plain" | "dim" | "accent" | "good" | "warn" | "bad" | "title" | "selected";

/** How Ink shows a tone. */
export type Look = { color?: string; bold?: boolean; dimColor?: boolean; inverse?: boolean };

export type Theme = Record<Tone, Look>;

/** Blue, yellow and magenta, which are told apart with any kind of colour blindness; nothing is red or green. */
const COLOURS: Theme = {
  plain: {},
  dim: { dimColor: true },
  accent: { color: "cyan" },
  good: { color: "cyan" },
  warn: { color: "yellow" },
  bad: { color: "magenta", bold: true },
  title: { bold: true },
  selected: { inverse: true },
};

/** Where `NO_COLOR` is set (no-color.org): attributes alone. */
const NO_COLOURS: Theme = {
  plain: {},
  dim: { dimColor: true },
  accent: { bold: true },
  good: {},
  warn: { bold: true },
  bad: { bold: true },
  title: { bold: true },
  selected: { inverse: true },
};

export function themeFor(noColor: boolean): Theme {
  return noColor ? NO_COLOURS : COLOURS;
}

/** The sign that goes with a tone, one cell wide. */
export const SIGN = { good: "✓", warn: "!", bad: "✗", waiting: "●", open: "○", dim: "·" } as const;
