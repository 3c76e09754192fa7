import { LineView } from "./lines.tsx";
import { useKeys } from "./key_layers.ts";
import { type Question, useTerminal } from "./terminal.ts";
import { useStore } from "./store.ts";

/** Longer than any name, filter or URL. */
const MAX_TYPED_CHARACTERS = 4_000;

function withTyped(before: string, text: string): string {
  return (before + text).slice(0, MAX_TYPED_CHARACTERS);
}

function withoutLast(text: string): string {
  return [...text].slice(0, -1).join("");
}

/** The question at the bottom of the screen. It takes every key until it is answered. */
export function QuestionLine({ question, width }: { question: Question; width: number }) {
  const { question: store } = useTerminal();
  const { choices, exactly, typed, danger, history = [], complete } = question;
  const completed = complete?.(typed, history);
  const change = (text: string) => store.set({ ...question, typed: text });
  const answerKeys = choices?.map(({ key, label }) => ({
    keys: [key],
    hint: label,
    run: () => question.answer(key),
  }));
  useKeys("question", {
    title: question.question,
    bindings: [
      ...(answerKeys ?? [
        { keys: ["enter"], hint: "answer", run: () => question.answer(store.get()?.typed ?? "") },
        {
          keys: ["backspace"],
          hint: "delete",
          quiet: true,
          run: () => change(withoutLast(store.get()?.typed ?? "")),
        },
      ]),
      ...(complete
        ? [{ keys: ["tab", "right"], hint: "complete", run: () => completed && change(completed) }]
        : []),
      ...(history.length > 0
        ? [
          { keys: ["up"], hint: "earlier", run: () => change(earlier(history, typed)) },
          { keys: ["down"], hint: "later", quiet: true, run: () => change(later(history, typed)) },
        ]
        : []),
      { keys: ["esc"], hint: "cancel", run: () => question.answer(undefined) },
    ],
    type: (text) => {
      if (!choices) change(withTyped(store.get()?.typed ?? "", text));
    },
  });
  return (
    <LineView
      width={width}
      line={[
        { text: ` ${danger ? "! " : "? "}`, tone: danger ? "bad" : "accent" },
        { text: question.question, tone: "title" },
        { text: exactly === undefined ? " " : ` (type ${exactly}) `, tone: "dim" },
        choices ? choices.map(({ key, label }) => `[${key}] ${label}`).join("  ") : `${typed}▏`,
        { text: completed?.slice(typed.length) ?? "", tone: "dim" },
      ]}
    />
  );
}

/** The answer before the typed one, or the last of all. */
function earlier(history: readonly string[], typed: string): string {
  const at = history.lastIndexOf(typed);
  return history.at(at === -1 ? -1 : Math.max(0, at - 1)) ?? typed;
}

/** The answer after the typed one, or nothing. */
function later(history: readonly string[], typed: string): string {
  const at = history.lastIndexOf(typed);
  return at === -1 ? typed : history[at + 1] ?? "";
}

/** The filter at the bottom of a list, while the operator types it. */
export function FilterLine({ width }: { width: number }) {
  const { here, filtering } = useTerminal();
  const { list } = here();
  const { filter } = useStore(list);
  const change = (to: (filter: string) => string) =>
    list.update((state) => ({ ...state, filter: to(state.filter), chosen: undefined }));
  useKeys("filter", {
    title: "Filter",
    bindings: [
      { keys: ["enter"], hint: "apply", run: () => filtering.set(false) },
      {
        keys: ["esc"],
        hint: "clear",
        run: () => {
          change(() => "");
          filtering.set(false);
        },
      },
      { keys: ["backspace"], hint: "delete", quiet: true, run: () => change(withoutLast) },
      { keys: ["ctrl+u"], hint: "delete all", quiet: true, run: () => change(() => "") },
    ],
    type: (text) => change((filter) => withTyped(filter, text)),
  });
  return <LineView width={width} line={[{ text: " / ", tone: "accent" }, `${filter}▏`]} />;
}
