/** The database is unsuitable. The message says what to change. */
export class UnfitDatabase extends Error {
  override readonly name = "UnfitDatabase";
}

/** The schema does not match this version. The message says what to do. */
export class WrongSchema extends Error {
  override readonly name = "WrongSchema";
}
