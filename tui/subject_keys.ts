import type { Binding } from "./keys.ts";
import { SCREEN_OF, type Subjects } from "./places.ts";
import type { Terminal } from "./terminal.ts";

const SUBJECT_KEYS = { user: "u", credential: "c", flow: "f" } as const;

/** The keys that open the subjects of the selected row. */
export function subjectKeys(terminal: Terminal, subjects: Subjects): Binding[] {
  const asks = subjects.asks ?? subjects.user?.id;
  const why: Binding = {
    keys: ["w"],
    hint: "why",
    disabled: asks ? undefined : "This row has no user and no address",
    run: () => asks && terminal.why(asks),
  };
  const opening = (["user", "credential", "flow"] as const).map((kind): Binding => {
    const subject = subjects[kind];
    return {
      keys: [SUBJECT_KEYS[kind]],
      hint: kind,
      quiet: !subject,
      disabled: subject ? undefined : `This row has no ${kind}`,
      run: () => subject && terminal.enter(SCREEN_OF[kind], subject),
    };
  });
  return [why, ...opening];
}
