/** An environment variable: its purpose, and how to parse it. */
export type Variable<T> = {
  about: string;
  /** Used when the variable is unset or empty; undefined if there is no default. */
  fallback: string | undefined;
  /** Throws an `Error` whose message says what the value must be. */
  parse: (text: string) => T;
};

/** Variables by their names. */
export type Variables = Record<string, Variable<unknown>>;

/** The values of variables. */
export type Values<Of extends Variables> = { [Name in keyof Of]: ReturnType<Of[Name]["parse"]> };

export function variable<T>(about: string, fallback: string, parse: (text: string) => T): Variable<T> {
  return { about, fallback, parse };
}

export function optional<T>(about: string, parse: (text: string) => T): Variable<T | undefined> {
  return { about, fallback: undefined, parse };
}
