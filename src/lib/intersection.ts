/** All members of a union at once: of `A | B` it makes `A & B`. */
export type Intersection<Union> =
  (Union extends unknown ? (member: Union) => void : never) extends (all: infer All) => void ? All : never;

/** One object with the properties of all. */
export function merged<Part extends object>(parts: readonly Part[]): Intersection<Part> {
  return Object.assign({}, ...parts) as Intersection<Part>;
}
