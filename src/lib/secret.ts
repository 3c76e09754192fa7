/**
 * Wraps a value that must not leak: logging, printing, interpolating or serialising it gives `[secret]`. Only
 * `reveal()` returns the value, so every use can be found by that word.
 *
 * It does not protect the process's memory.
 */
export class Secret<T = string> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  reveal(): T {
    return this.#value;
  }

  toString(): string {
    return "[secret]";
  }

  toJSON(): string {
    return "[secret]";
  }

  [Symbol.for("Deno.customInspect")](): string {
    return "[secret]";
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return "[secret]";
  }
}
