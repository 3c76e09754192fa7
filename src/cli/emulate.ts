import { InvalidArgumentError } from "commander";
import { type Emulated, type Emulator, EMULATORS } from "../emulators/emulators.ts";

export type { Emulator } from "../emulators/emulators.ts";

/** The names of all systems that can be emulated. */
export const EMULATOR_NAMES = EMULATORS.map(({ name }) => name);

/** Emulators that run in this process, as one. */
export type Emulators = AsyncDisposable & Required<Omit<Emulated, "line">> & {
  names: string[];
  /** One line per emulator with its address. */
  lines: string[];
};

/** Parses `--emulate modal,…`. Throws `InvalidArgumentError` for an unknown name. */
export function parseEmulate(list: string): Emulator[] {
  const names = new Set(list.split(",").map((name) => name.trim()).filter((name) => name !== ""));
  return [...names].map((name) => {
    const emulator = EMULATORS.find((each) => each.name === name);
    if (!emulator) {
      throw new InvalidArgumentError(`Cannot emulate ${name}: choose from ${EMULATOR_NAMES.join(", ")}`);
    }
    return emulator;
  });
}

/** Starts each emulator, unless the real system is configured. */
export async function startEmulators(
  emulators: readonly Emulator[],
  env: (name: string) => string | undefined,
): Promise<Emulators> {
  const wanted = emulators.filter(({ variables }) => !variables.some(env));
  await using stack = new AsyncDisposableStack();
  const started: Emulated[] = [];
  for (const emulator of wanted) started.push(stack.use(await emulator.start(env)));
  const running = stack.move();
  return {
    names: wanted.map(({ name }) => name),
    config: Object.assign({}, ...started.map(({ config }) => config)),
    overrides: Object.assign({}, ...started.map(({ overrides }) => overrides)),
    announced: Object.assign({}, ...started.map(({ announced }) => announced)),
    lines: started.map(({ line }) => line),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
