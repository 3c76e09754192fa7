import { type Emulated, type Emulator, EMULATORS } from "../emulators/emulators.ts";
import { UsageError } from "./command.ts";

/** Stand-ins that run in this process, as one. */
export type Emulators = AsyncDisposable & Required<Omit<Emulated, "line">> & {
  names: string[];
  /** A line for each, saying where it is. */
  lines: string[];
};

/** Reads `--emulate modal,…`. Throws `UsageError` on a name that cannot be emulated. */
export function parseEmulate(list: string): Emulator[] {
  return list.split(",").map((name) => name.trim()).filter((name) => name !== "").map((name) => {
    const emulator = EMULATORS.find((each) => each.name === name);
    if (!emulator) {
      const names = EMULATORS.map((each) => each.name).join(", ");
      throw new UsageError(`Cannot emulate ${name}: choose from ${names}`);
    }
    return emulator;
  });
}

/** Starts each stand-in whose real system is not configured: a set variable wins. */
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
