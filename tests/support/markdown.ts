/** A fenced block of a page. */
export type Fence = {
  language: string;
  /** The words after the language. */
  words: string[];
  text: string;
  line: number;
  /** The text of the HTML comment directly before it. */
  note: string | undefined;
};

const FENCE = /^```(\w*)(.*)\n((?:(?!```).*\n)*?)```$/gm;

export function fencesOf(page: string): Fence[] {
  return [...page.matchAll(FENCE)].map(({ 1: language = "", 2: rest = "", 3: text = "", index }) => {
    const before = page.slice(0, index);
    return {
      language,
      words: rest.trim().split(/\s+/),
      text,
      line: before.split("\n").length,
      note: /<!-- (.+) -->\s*$/.exec(before)?.[1],
    };
  });
}

/** The targets of a page's links and images, except those in fenced blocks. */
export function linksOf(page: string): string[] {
  const prose = page.replaceAll(FENCE, "").replaceAll(/`[^`\n]*`/g, "`");
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
}

/** The anchors that GitHub creates for a page's headings. */
export function anchorsOf(page: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ""] of page.replaceAll(FENCE, "").matchAll(/^#+ (.+)$/gm)) {
    const anchor = heading.toLowerCase().replaceAll(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-");
    let free = anchor;
    for (let count = 1; anchors.has(free); count++) free = `${anchor}-${count}`;
    anchors.add(free);
  }
  return anchors;
}
