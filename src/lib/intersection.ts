/** A function for each member of a union. */
type Takers<Union> = Union extends unknown ? (member: Union) => void : never;

/** Turns a union into an intersection: `A & B` for `A | B`. */
export type Intersection<Union> = Takers<Union> extends (all: infer All) => void ? All : never;

/** Merges the properties of all objects into one. */
export function merged<Part extends object>(parts: readonly Part[]): Intersection<Part> {
  return Object.assign({}, ...parts) as Intersection<Part>;
}
