/** The meaning of a piece of text. Colour only supports it: words and signs carry the same meaning. */
export type Tone = "plain" | "dim" | "accent" | "good" | "warn" | "bad" | "title" | "selected";

/** How Ink shows a tone. */
export type Look = { color?: string; bold?: boolean; dimColor?: boolean; inverse?: boolean };

export type Theme = Record<Tone, Look>;

/** Cyan, yellow and magenta: colour-blind users can distinguish them. Red and green are not used. */
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

/** For `NO_COLOR` (no-color.org): attributes only. */
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

/** The sign for each tone, one cell wide. */
export const SIGN = { good: "✓", warn: "!", bad: "✗", waiting: "●", open: "○", dim: "·" } as const;
