/** The meaning of a piece of text. Colour only supports it: words and signs carry the same meaning. */
export type Tone = "plain" | "dim" | "accent" | "good" | "warn" | "bad" | "title" | "selected";

/** How Ink shows a tone. */
export type Look = { color?: string; bold?: boolean; dimColor?: boolean; inverse?: boolean };

export type Theme = Record<Tone, Look>;

export const THEMES = ["auto", "dark", "light"] as const;

export type ThemeName = (typeof THEMES)[number];

/** Cyan, yellow and magenta: colour-blind users can distinguish them. Red and green are not used. */
function colours(cyan: string, yellow: string, magenta: string): Theme {
  return {
    plain: {},
    dim: { dimColor: true },
    accent: { color: cyan },
    good: { color: cyan },
    warn: { color: yellow },
    bad: { color: magenta, bold: true },
    title: { bold: true },
    selected: { inverse: true },
  };
}

/** The terminal emulator's own colours, made for a dark background. */
const DARK = colours("cyan", "yellow", "magenta");

/** A contrast of at least 6 to white. */
const LIGHT = colours("#00666e", "#8a4b00", "#a8006b");

/** A contrast of at least 4.5 to both white and black, for an unknown background. */
const EITHER = colours("#00838b", "#b36100", "#da2190");

/** For `NO_COLOR` (no-color.org): attributes only. */
const NO_COLOURS: Theme = {
  ...colours("", "", ""),
  accent: { bold: true },
  good: {},
  warn: { bold: true },
  bad: { bold: true },
};

/** `colorFgBg` is the variable `COLORFGBG`, in which some terminal emulators give their colours: `15;0`. */
export function themeFor(name: ThemeName, { noColor = false, colorFgBg = "" } = {}): Theme {
  if (noColor) return NO_COLOURS;
  if (name !== "auto") return name === "dark" ? DARK : LIGHT;
  const background = /;(\d+)$/.exec(colorFgBg)?.[1];
  if (background === undefined) return EITHER;
  return DARK_BACKGROUNDS.includes(Number(background)) ? DARK : LIGHT;
}

/** The dark ones of the 16 colours; the others are light. */
const DARK_BACKGROUNDS = [0, 1, 2, 3, 4, 5, 6, 8];

/** The sign for each tone, one cell wide. */
export const SIGN = { good: "✓", warn: "!", bad: "✗", waiting: "●", open: "○", dim: "·" } as const;
