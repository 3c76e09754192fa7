/**
 * A value that must not be seen by accident: logging, printing, interpolating or serialising it shows
 * `[secret]`. Only `reveal()` gives the value, so every place that uses it can be found by that word.
 *
 * Not protected: the memory of the process.
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
