import { CLIENT_VARIABLES } from "../../src/client/operator/variables.ts";
import { VARIABLES } from "../../src/config.ts";

/** The page with its table of variables, which ends it, as `src/config.ts` has them. */
export function configurationPage(page: string): string {
  const [before] = page.split(/^\| Variable /m);
  return `${before}${configTable()}\n`;
}

function configTable(): string {
  const row = (name: string, fallback: string | undefined, about: string) =>
    `| \`${name}\` | ${fallback ? `\`${fallback}\`` : "—"} | ${about} |`;
  return [
    "| Variable | Default | What it is |",
    "| --- | --- | --- |",
    ...Object.entries(VARIABLES).map(([name, { fallback, about }]) => row(name, fallback, about)),
    ...Object.entries(CLIENT_VARIABLES).map(([name, about]) => row(name, undefined, about)),
  ].join("\n");
}
