import { type Instance, render, type RenderOptions } from "ink";
import { App, type AppProps } from "./app.tsx";

/** Frames a second: a key waits 10 ms for the last frame at most, and nothing is drawn while nothing changes. */
const MOST_FRAMES = 100;

/** Draws the terminal on the alternate screen. */
export function renderTerminal(
  props: AppProps,
  streams: Pick<RenderOptions, "stdin" | "stdout" | "stderr"> = {},
): Instance {
  return render(<App {...props} />, {
    ...streams,
    alternateScreen: true,
    incrementalRendering: true,
    // Also where a variable says that this is CI: there is a terminal, or we would not be here.
    interactive: true,
    maxFps: MOST_FRAMES,
  });
}

/**
 * Runs until somebody quits, or until `greeting` fails. However it ends, the terminal is left as it was; what went
 * wrong is thrown.
 */
export async function runTerminal(
  props: Parameters<typeof renderTerminal>[0],
  greeting: Promise<unknown>,
): Promise<void> {
  let wrong: unknown;
  const instance = renderTerminal(props);
  const fail = (error: unknown) => {
    wrong ??= error;
    instance.unmount();
  };
  greeting.catch(fail);
  // Without these a fault in a timer would leave the alternate screen up and the cursor hidden.
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
  if (wrong !== undefined) throw wrong;
}
