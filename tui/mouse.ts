import { useStdin, useStdout } from "ink";
import { useEffectEvent, useLayoutEffect } from "react";

/** A cell of the screen; the first one is 0, 0. */
export type Cell = { row: number; column: number };

/** A step of the wheel, or a click of the left button. */
export type MouseInput = { wheel: "up" | "down" } | { click: Cell };

const ESCAPE = "\x1b";

/** Makes the terminal emulator report presses and the wheel, as decimal numbers (xterm's modes 1000 and 1006). */
const ON = `${ESCAPE}[?1000h${ESCAPE}[?1006h`;
const OFF = `${ESCAPE}[?1006l${ESCAPE}[?1000l`;

/** The button, the column and the row of a press. The wheel has the buttons 64 and 65. */
const PRESS = new RegExp(`${ESCAPE}\\[<(0|64|65);(\\d{1,5});(\\d{1,5})M`, "g");

function readMouse(chunk: string): MouseInput[] {
  return [...chunk.matchAll(PRESS)].map(([, button, column, row]) =>
    button === "0"
      ? { click: { row: Number(row) - 1, column: Number(column) - 1 } }
      : { wheel: button === "64" ? "up" : "down" }
  );
}

/**
 * Calls `take` for each input of the mouse while `on`. Meanwhile the terminal emulator does not select text with it. Ink
 * drops these reports, so we look at each chunk that Ink reads: `read` also emits it as `data`.
 */
export function useMouse(on: boolean, take: (input: MouseInput) => void): void {
  const { stdin } = useStdin();
  const { stdout } = useStdout();
  const onData = useEffectEvent((chunk: string) => readMouse(chunk).forEach(take));
  // A layout effect ends before the terminal exits, also after an error.
  useLayoutEffect(() => {
    if (!on) return;
    const listener = (chunk: unknown) => onData(String(chunk));
    stdin.on("data", listener);
    stdout.write(ON);
    return () => {
      stdout.write(OFF);
      stdin.off("data", listener);
    };
  }, [on, stdin, stdout]);
}
