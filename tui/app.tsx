import { Box, useApp, useWindowSize } from "ink";
import { useContext, useEffect, useMemo } from "react";
import type { Api } from "./api.ts";
import { failing } from "./checks.ts";
import { helpLines, OverlayView } from "./overlay.tsx";
import { Footer, FOOTER_LINES } from "./footer.tsx";
import { Header, HEADER_LINES } from "./header.tsx";
import { FilterLine, QuestionLine } from "./input_line.tsx";
import { createKeyLayers, type KeyLayers, KeyLayersContext, useKeys } from "./key_layers.ts";
import { useKeyboard } from "./keyboard.ts";
import { type Line, Lines, LineView, ThemeContext } from "./lines.tsx";
import { runPalette } from "./palette.ts";
import { SCREEN_VIEWS } from "./screens.ts";
import { useStore } from "./store.ts";
import {
  createTerminal,
  type ScreenName,
  SCREENS,
  TerminalProvider,
  TITLES,
  useTerminal,
} from "./terminal.ts";
import type { Theme } from "./theme.ts";

/** The smallest usable window. */
const MIN_SIZE = { columns: 60, rows: 15 };

export type AppProps = {
  api: Api;
  start: ScreenName;
  theme: Theme;
  /** Tests pass their own key layers to inspect them. */
  layers?: KeyLayers;
};

/** The whole terminal. It is exactly as high as the window: Ink clears the screen at every frame of a higher one. */
export function App({ api, start, theme, layers: given }: AppProps) {
  const { exit } = useApp();
  const terminal = useMemo(() => createTerminal(api, start, () => exit()), [api, start, exit]);
  const layers = useMemo(() => given ?? createKeyLayers(), [given]);
  return (
    <ThemeContext value={theme}>
      <TerminalProvider value={terminal}>
        <KeyLayersContext value={layers}>
          <Shell />
        </KeyLayersContext>
      </TerminalProvider>
    </ThemeContext>
  );
}

function Shell() {
  const { columns, rows } = useWindowSize();
  const terminal = useTerminal();
  const layers = useContext(KeyLayersContext);
  useKeyboard(terminal, layers);
  useGlobalKeys();
  const stack = useStore(terminal.stack);
  const overlay = useStore(terminal.overlay);
  const place = stack.at(-1) ?? terminal.here();
  if (columns < MIN_SIZE.columns || rows < MIN_SIZE.rows) return <TooSmall columns={columns} rows={rows} />;
  const height = rows - HEADER_LINES - 1 - FOOTER_LINES;
  const View = SCREEN_VIEWS[place.screen];
  return (
    <Box flexDirection="column" width={columns} height={rows} overflow="hidden">
      <Header width={columns} />
      <Box width={columns} height={height} flexShrink={0} overflow="hidden">
        {overlay
          ? <OverlayView overlay={overlay} width={columns} height={height} />
          : <View key={place.id} place={place} width={columns} height={height} />}
      </Box>
      <BottomLine width={columns} />
      <Footer width={columns} />
    </Box>
  );
}

function TooSmall({ columns, rows }: { columns: number; rows: number }) {
  const needed = `${MIN_SIZE.columns} × ${MIN_SIZE.rows}`;
  const problem = `The terminal is too small: ${columns} × ${rows}. It needs ${needed}`;
  return <Lines lines={[[problem], ["q quits"]]} width={columns} height={Math.min(rows, 2)} />;
}

/** The question, the filter, the last message, why there is no connection, or the first failed check. */
function BottomLine({ width }: { width: number }) {
  const terminal = useTerminal();
  const question = useStore(terminal.question);
  const filtering = useStore(terminal.filtering);
  const message = useStore(terminal.message);
  const connection = useStore(terminal.api.connection);
  const [failed] = failing(useStore(terminal.api.checks));
  const expires = message && disappears(message.tone);
  useEffect(() => {
    if (!expires) return;
    const timer = setTimeout(() => terminal.message.set(undefined), MESSAGE_MS);
    return () => clearTimeout(timer);
  }, [message, expires, terminal]);
  if (question) return <QuestionLine question={question} width={width} />;
  if (filtering) return <FilterLine width={width} />;
  if (message) return <LineView line={[{ text: ` ${message.text}`, tone: message.tone }]} width={width} />;
  const why = connection.state === "live" ? undefined : connection.message;
  if (why) return <LineView line={[{ text: ` ${why}`, tone: "warn" }]} width={width} />;
  const line: Line = failed ? [{ text: ` ${failed.name}: ${failed.message}`, tone: "bad" }] : [];
  return <LineView line={line} width={width} />;
}

/** A message of success disappears after this time. A problem stays until the next key. */
const MESSAGE_MS = 5_000;

function disappears(tone: string): boolean {
  return tone === "good" || tone === "dim";
}

function useGlobalKeys(): void {
  const terminal = useTerminal();
  const layers = useContext(KeyLayersContext);
  const mouse = useStore(terminal.mouse);
  const calm = failing(useStore(terminal.api.checks)).length === 0;
  useKeys("everywhere", {
    title: "Everywhere",
    bindings: [
      ...SCREENS.map((screen, index) => ({
        keys: [String(index + 1)],
        hint: TITLES[screen],
        quiet: true,
        run: () => terminal.go(screen),
      })),
      {
        keys: ["!"],
        hint: "cause",
        quiet: calm,
        disabled: calm ? "No check fails" : undefined,
        run: () => terminal.jumpToCause(),
      },
      { keys: [":"], hint: "go to", run: () => void runPalette(terminal, help) },
      { keys: ["["], hint: "the screen before", quiet: true, run: () => terminal.backward() },
      { keys: ["]"], hint: "the screen after", quiet: true, run: () => terminal.forward() },
      {
        keys: ["m"],
        hint: mouse ? "leave the mouse to the terminal" : "use the mouse",
        quiet: true,
        run: () => {
          terminal.mouse.set(!mouse);
          terminal.say(
            mouse ? "The mouse selects text again" : "The wheel scrolls, and a click chooses a row",
          );
        },
      },
      { keys: ["?"], hint: "help", run: help },
      { keys: ["esc"], hint: "back", quiet: true, run: () => terminal.back() },
      { keys: ["q", "ctrl+c"], hint: "quit", run: () => terminal.quit() },
    ],
  });

  function help(): void {
    terminal.overlay.set({ title: "Keys", lines: helpLines(layers.get()), bindings: [] });
  }
}
