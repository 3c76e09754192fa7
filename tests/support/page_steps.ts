import { type Fence, fencesOf } from "./markdown.ts";

/**
 * A step of a page. The words after a block's language define it:
 *
 *     ```sh run              commands; with `fails` the last one must fail
 *     ```sh run server       a command that keeps running; continues when the server answers (`port=` sets its port)
 *     ```sh run background   a command that keeps running
 *     ```console run         commands after `$ `, each with its output
 *     ```json output         the output of the commands before it
 *     ```js file=app.mjs     a program, saved in the current folder
 *
 * `<!-- meanwhile: approve -->` before a block names the user's action in the browser while it runs.
 */
export type Step = {
  line: number;
  command: string;
  kind: "run" | "server" | "background";
  fails: boolean;
  port: string | undefined;
  /** The output that the page shows. */
  shown: string | undefined;
  meanwhile: string | undefined;
};

export function stepsOf(page: string): Step[] {
  const steps: Step[] = [];
  for (const fence of fencesOf(page)) {
    const last = steps.at(-1);
    const file = valueOf(fence, "file");
    if (file) steps.push(step(fence, `cat > ${file} <<'END OF FILE'\n${fence.text}END OF FILE`));
    else if (fence.words.includes("output") && last) last.shown = fence.text;
    else if (fence.words.includes("run")) steps.push(...commandsOf(fence));
  }
  return steps;
}

function commandsOf(fence: Fence): Step[] {
  if (fence.language !== "console") return [step(fence, fence.text.trimEnd())];
  return fence.text.split(/^\$ /m).slice(1).map((text) => {
    const [command = "", ...shown] = text.split("\n");
    return { ...step(fence, command), shown: shown.join("\n") };
  });
}

function step(fence: Fence, command: string): Step {
  const kind = (["server", "background"] as const).find((word) => fence.words.includes(word)) ?? "run";
  return {
    line: fence.line,
    command,
    kind,
    fails: fence.words.includes("fails"),
    port: valueOf(fence, "port"),
    shown: undefined,
    meanwhile: /^meanwhile: (\w+)$/.exec(fence.note ?? "")?.[1],
  };
}

function valueOf({ words }: Fence, name: string): string | undefined {
  return words.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1);
}
