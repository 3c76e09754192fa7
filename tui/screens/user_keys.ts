import { succeeded } from "../../src/client/operator/succeeded.ts";
import {
  DeleteUser,
  type Factor,
  MoveUser,
  ResetFactors,
  SetUserDisabled,
  type UserRow,
  type UserState,
} from "../documents/users.ts";
import type { Binding } from "../keys.ts";
import type { Terminal } from "../terminal.ts";
import { type Marks, onMarked } from "../marks.ts";
import { endSessions, endSessionsOf } from "./end_sessions.ts";
import { nameOf } from "./user_name.ts";

/** The keys of the Users screen. `factors` are those of `row`, once they are loaded. */
export function userKeys(
  terminal: Terminal,
  row: UserRow | undefined,
  factors: readonly Factor[] | undefined,
  marks: Marks<UserRow>,
): Binding[] {
  const none = row ? undefined : "No user selected";
  return [
    {
      keys: ["s"],
      hint: "sessions",
      disabled: none,
      run: () => row && terminal.enter("sessions", { kind: "user", id: row.id, label: nameOf(row) }),
    },
    {
      keys: ["e"],
      hint: "events",
      disabled: none,
      run: () => row && terminal.enter("events", { kind: "user", id: row.id, label: nameOf(row) }),
    },
    onMarked(terminal, marks, {
      keys: ["b"],
      hint: marks.rows.length === 0 && row?.disabled ? "enable" : "disable",
      needs: "OPERATE",
      danger: true,
      disabled: none,
      run: () => row && void terminal.runAction(() => setDisabled(terminal, row)),
    }, {
      question: "Disable these users, and end all their sessions?",
      act: ({ id }) => storeDisabled(terminal, id, true),
    }),
    {
      keys: ["S"],
      hint: "change state",
      needs: "OPERATE",
      disabled: none ??
        (row?.allowedTransitions.length ? undefined : "No other state can follow this one"),
      run: () => row && void terminal.runAction(() => changeState(terminal, row)),
    },
    onMarked(terminal, marks, {
      keys: ["D"],
      hint: "end all sessions",
      needs: "OPERATE",
      danger: true,
      disabled: none,
      run: () => row && void terminal.runAction(() => endSessions(terminal, row.id, nameOf(row))),
    }, { question: "End all sessions of these users?", act: ({ id }) => endSessionsOf(terminal, id) }),
    {
      keys: ["M"],
      hint: "reset factors",
      needs: "OPERATE",
      danger: true,
      disabled: none ?? (factors?.length === 0 ? "The user has no second factor" : undefined),
      run: () => row && void terminal.runAction(() => resetFactors(terminal, row)),
    },
    {
      keys: ["d"],
      hint: "delete",
      needs: "OPERATE",
      danger: true,
      disabled: none,
      run: () => row && void terminal.runAction(() => remove(terminal, row)),
    },
    {
      keys: ["y"],
      hint: "copy id",
      quiet: true,
      disabled: none,
      run: () => row && terminal.copy(row.id, "the id"),
    },
  ];
}

async function setDisabled(terminal: Terminal, row: UserRow): Promise<string | undefined> {
  const disabled = !row.disabled;
  if (disabled && !await terminal.confirm(`Disable ${nameOf(row)}? All their sessions end.`)) return;
  await storeDisabled(terminal, row.id, disabled);
  return `${nameOf(row)} is now ${disabled ? "disabled" : "enabled"}`;
}

async function storeDisabled({ api }: Terminal, id: string, disabled: boolean): Promise<void> {
  succeeded((await api.client.request(SetUserDisabled, { id, disabled })).setUserDisabled, "Done");
}

async function changeState({ api, choose }: Terminal, row: UserRow): Promise<string | undefined> {
  const key = await choose(
    `From ${row.state} to which state?`,
    row.allowedTransitions.map((state, index) => ({ key: String(index + 1), label: state })),
  );
  const to: UserState | undefined = row.allowedTransitions[Number(key) - 1];
  if (!to) return;
  succeeded((await api.client.request(MoveUser, { id: row.id, to })).transitionUserState, "StateChanged");
  return `${nameOf(row)} is now in state ${to}`;
}

async function resetFactors({ api, confirm }: Terminal, row: UserRow): Promise<string | undefined> {
  if (!await confirm(`Remove all second factors of ${nameOf(row)}? All their sessions end.`)) return;
  return succeeded((await api.client.request(ResetFactors, { id: row.id })).resetUserFactors, "Done").message;
}

async function remove({ api, confirmName }: Terminal, row: UserRow): Promise<string | undefined> {
  if (!await confirmName("Delete this user and all personal data for ever?", nameOf(row))) {
    return "Nothing was deleted: the name does not match";
  }
  succeeded((await api.client.request(DeleteUser, { id: row.id })).deleteUser, "Done");
  return `${nameOf(row)} was deleted`;
}
