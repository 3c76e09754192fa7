/** Glyphs of 3 × 5 dots. Each octal digit is a row: 7 is three dots, 4 is only the left one. */
const GLYPHS: Record<string, string> = {
  "0": "75557",
  "1": "26227",
  "2": "71747",
  "3": "71717",
  "4": "55711",
  "5": "74717",
  "6": "74757",
  "7": "71111",
  "8": "75757",
  "9": "75717",
  A: "25755",
  B: "65656",
  C: "34443",
  D: "65556",
  E: "74647",
  F: "74644",
  G: "34553",
  H: "55755",
  I: "72227",
  J: "11152",
  K: "55655",
  L: "44447",
  M: "57755",
  N: "65555",
  O: "25552",
  P: "65644",
  Q: "25563",
  R: "65655",
  S: "34216",
  T: "72222",
  U: "55557",
  V: "55552",
  W: "55775",
  X: "55255",
  Y: "55222",
  Z: "71247",
  "-": "00700",
};

/** A line shows two rows of dots: both dots, only the upper, only the lower, none. */
const HALVES = ["█", "▀", "▄", " "] as const;

/** A code in three lines of block letters; undefined if a character has no glyph. */
export function largeText(text: string): string[] | undefined {
  const glyphs = [...text.toUpperCase()].map((character) => GLYPHS[character]);
  if (glyphs.includes(undefined)) return undefined;
  return [0, 2, 4].map((row) =>
    glyphs.map((glyph = "") => dots(Number(glyph[row] ?? 0), Number(glyph[row + 1] ?? 0))).join("  ")
  );
}

function dots(upper: number, lower: number): string {
  return [4, 2, 1].map((bit) => {
    const up = (upper & bit) !== 0;
    const low = (lower & bit) !== 0;
    return HALVES[up && low ? 0 : up ? 1 : low ? 2 : 3];
  }).join("");
}
