import { type Instance, render, type RenderOptions } from "ink";
import { App, type AppProps } from "./app.tsx";

/** A key waits at most 10 ms for its frame. Nothing is drawn while nothing changes. */
const MAX_FPS = 100;

/** Draws the terminal on the alternate screen. */
export function renderTerminal(
  props: AppProps,
  options: Pick<RenderOptions, "stdin" | "stdout" | "stderr" | "isScreenReaderEnabled"> = {},
): Instance {
  return render(<App {...props} />, {
    ...options,
    alternateScreen: true,
    incrementalRendering: true,
    // Otherwise Ink does not draw in CI. `main.ts` has checked that there is a terminal.
    interactive: true,
    maxFps: MAX_FPS,
  });
}

/** Runs until the operator quits or `greeting` fails. It restores the terminal in every case, then throws the error. */
export async function runTerminal(
  props: Parameters<typeof renderTerminal>[0],
  greeting: Promise<unknown>,
): Promise<void> {
  let failure: unknown;
  const instance = renderTerminal(props);
  const fail = (error: unknown) => {
    failure ??= error;
    instance.unmount();
  };
  greeting.catch(fail);
  // Without these, an error in a timer would leave the alternate screen on and the cursor hidden.
  const onError = (event: ErrorEvent | PromiseRejectionEvent) => {
    event.preventDefault();
    fail("reason" in event ? event.reason : event.error);
  };
  const onSignal = () => instance.unmount();
  addEventListener("error", onError);
  addEventListener("unhandledrejection", onError);
  Deno.addSignalListener("SIGTERM", onSignal);
  Deno.addSignalListener("SIGHUP", onSignal);
  try {
    await instance.waitUntilExit();
  } finally {
    Deno.removeSignalListener("SIGTERM", onSignal);
    Deno.removeSignalListener("SIGHUP", onSignal);
    removeEventListener("error", onError);
    removeEventListener("unhandledrejection", onError);
  }
  if (failure !== undefined) throw failure;
}
