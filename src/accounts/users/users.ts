import { AuthError } from "../../lib/errors.ts";
import { isId } from "../../lib/ids.ts";
import type { HasDatabase } from "../../platform/db/tables.ts";
import type { UserState } from "../states/states.ts";
import { findUser } from "./user_store.ts";

/** Users as they are stored, for whoever has made sure of the caller's right. */
export {
  deleteUserRow,
  findUser,
  findUsers,
  insertUser,
  isUnvouched,
  lockUser,
  type NewUser,
  takeAccount,
  toUser,
  USER_COLUMNS,
} from "./user_store.ts";

export {
  type Acquaintance,
  emailLock,
  findAcquaintance,
  findByClaimedEmail,
  findByEmail,
  findByVerifiedEmail,
  lockEmail,
  setEmailVerified,
  takeEmail,
} from "./address_store.ts";

export { setProvidersEmail, setProvidersProfile } from "./profile_store.ts";

export { countUsers, pageOfUsers } from "./search_store.ts";

export { addSignedIn, type Checked, noteSignIn } from "./sign_in_store.ts";

/** Identities as they are stored. */
export {
  authIdOf,
  findByIdentity,
  findIdentityOwner,
  type Identity,
  insertIdentity,
  lockIdentity,
  updateIdentity,
} from "./identity_store.ts";

/** A person or a guest. What they prove themselves with is not in here. */
export type User = {
  id: string;
  username: string | null;
  email: string | null;
  emailVerifiedAt: Date | null;
  name: string | null;
  pictureUrl: string | null;
  isGuest: boolean;
  disabledAt: Date | null;
  state: UserState;
  /** What transitions added. */
  stateMetadata: Record<string, unknown>;
  hasPassword: boolean;
  /** The id of a sign-in method. */
  lastMethod: string | null;
  createdAt: Date;
  lastSignInAt: Date | null;
  /** Who they are at Google, `<issuer>|<subject>`, when that is a way in. */
  authId: string | null;
  /** Grows when ways in are taken away. */
  waysIn: number;
  /** Grows with every change. */
  version: number;
};

/** No user of this id exists. */
export class UserNotFound extends AuthError {
  readonly code = "INVALID_INPUT";
  constructor() {
    super("Cannot find this user: check the id", { actionRequired: "Look the user up with `users`" });
  }
}

/** Who the user is and how they came, and what transitions added: what an application shows of a state. */
export function stateMetadataOf(user: User): Record<string, unknown> {
  const { id, authId, email, name, pictureUrl, lastMethod, lastSignInAt } = user;
  return {
    ...user.stateMetadata,
    user: { authId: authId ?? id, email, name, picture: pictureUrl },
    auth: { provider: lastMethod?.toLowerCase() ?? null, lastLogin: lastSignInAt?.toISOString() ?? null },
  };
}

/** The user, for an operator. Throws `UserNotFound`. */
export async function getUser(services: HasDatabase, id: string): Promise<User> {
  const user = isId("usr", id) ? await findUser(services.db, id) : undefined;
  if (!user) throw new UserNotFound();
  return user;
}
