/** One function for each member of a union. */
type Takers<Union> = Union extends unknown ? (member: Union) => void : never;

/** All members of a union at once: `A & B` for `A | B`. A function that takes it can stand for each of `Takers`. */
export type Intersection<Union> = Takers<Union> extends (all: infer All) => void ? All : never;

/** One object with the properties of all. */
export function merged<Part extends object>(parts: readonly Part[]): Intersection<Part> {
  return Object.assign({}, ...parts) as Intersection<Part>;
}
