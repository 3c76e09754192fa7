/** All problems of the configuration, one line each, with the variable's name. */
export class ConfigProblems extends Error {
  override readonly name = "ConfigProblems";
  constructor(readonly problems: readonly string[]) {
    super(
      `Cannot start: the configuration has problems\n${problems.map((problem) => `  ${problem}`).join("\n")}`,
    );
  }
}
