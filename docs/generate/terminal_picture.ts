const CELL = { width: 8.4, height: 17 };
const MARGIN = 16;

/** The terminal's own colours, by what they stand for. */
const COLOURS = {
  background: "#12161c",
  text: "#c9d1d9",
  quiet: "#7d8590",
  good: "#3fb950",
  waiting: "#d29922",
  bad: "#f85149",
};

/** The screen that stands in a page at `<!-- capture: NAME -->`, as an SVG. */
export function terminalPicture(page: string, name: string, title: string): string {
  const screen = new RegExp(`<!-- capture: ${name} -->\\n\\n\`\`\`text\\n([^\`]*?)\\n\`\`\``).exec(page)?.[1];
  if (screen === undefined) throw new TypeError(`The page shows no screen called ${name}`);
  const lines = screen.split("\n");
  const width = Math.max(...lines.map((line) => [...line].length)) * CELL.width + 2 * MARGIN;
  const height = lines.length * CELL.height + 2 * MARGIN;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width.toFixed(0)} ${height}" role="img">
<title>${title}</title>
<rect width="100%" height="100%" rx="8" fill="${COLOURS.background}"/>
<g font-family="ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" fill="${COLOURS.text}">
${lines.flatMap(drawn).join("\n")}
</g>
</svg>
`;
}

/** Runs of text between spaces, each at its cell, so that no font can shift the columns. */
function drawn(line: string, row: number): string[] {
  const y = MARGIN + (row + 0.75) * CELL.height;
  return [...line.matchAll(/\S+(?: \S+)*/g)].map(({ 0: text, index }) => {
    const cells = [...text].length;
    const x = MARGIN + [...line.slice(0, index)].length * CELL.width;
    const place = `x="${x.toFixed(1)}" y="${y.toFixed(1)}" textLength="${(cells * CELL.width).toFixed(1)}"`;
    return `<text ${place}${colourOf(text)}>${escaped(text)}</text>`;
  });
}

function colourOf(text: string): string {
  const colour = /^[✓]|● live/.test(text)
    ? COLOURS.good
    : /^● /.test(text)
    ? COLOURS.waiting
    : /\b\d\. [A-Z_]+$/.test(text)
    ? COLOURS.bad
    : /^[│○]$/.test(text)
    ? COLOURS.quiet
    : undefined;
  return colour ? ` fill="${colour}"` : "";
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
