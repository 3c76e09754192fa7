import { AuthError } from "../../lib/errors.ts";
import { isId } from "../../lib/ids.ts";
import type { HasDatabase } from "../../platform/db/tables.ts";
import type { SecondFactorKind } from "../../operations/assurance.ts";
import type { UserState } from "../states/states.ts";
import { findUser } from "./user_store.ts";

/** Store functions. The caller must check permissions first. */
export {
  deleteUserRow,
  findUser,
  findUsers,
  insertUser,
  isUnvouched,
  lockUser,
  type NewUser,
  takeAccount,
  TOKEN_USER_COLUMNS,
  type TokenUser,
  toTokenUser,
  toUser,
  USER_COLUMNS,
} from "./user_store.ts";

export {
  emailLock,
  findByClaimedEmail,
  findByEmail,
  findByVerifiedEmail,
  findKnownCallerFacts,
  findKnownFacts,
  type KnownCallerFacts,
  lockEmail,
  setEmailVerified,
  takeEmail,
} from "./address_store.ts";

export { setProvidersEmail, setProvidersProfile } from "./profile_store.ts";

export { countUsers, pageOfUsers, usersMatching } from "./search_store.ts";

export { findByName, findNamed, findSimilarNames } from "./named_store.ts";

export { addSignedIn, type Checked, findRequiredFactors, noteSignIn, stillHolds } from "./sign_in_store.ts";

export {
  authIdOf,
  findByIdentity,
  findIdentityOwner,
  type Identity,
  insertIdentity,
  lockIdentity,
  updateIdentity,
} from "./identity_store.ts";

/** A user or a guest, without secrets. */
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
  /** Metadata added by state transitions. */
  stateMetadata: Record<string, unknown>;
  /** Sorted. */
  roles: readonly string[];
  hasPassword: boolean;
  /** The id of a sign-in method. */
  lastMethod: string | null;
  createdAt: Date;
  lastSignInAt: Date | null;
  /** The linked Google identity, `<issuer>|<subject>`. */
  authId: string | null;
  /** Grows when sign-in methods are removed. */
  signInMethodsVersion: number;
  /** The kinds of the user's second factors, without recovery codes. If there are any, a sign-in must prove one. */
  factors: readonly SecondFactorKind[];
  /** Grows with every change. */
  version: number;
};

/** Another user has this username, ignoring case. */
export class UsernameTaken extends AuthError {
  readonly code = "USERNAME_TAKEN";
  constructor() {
    super("Cannot register: the username is taken", { actionRequired: "Choose another username" });
  }
}

/** No user of this id exists. */
export class UserNotFound extends AuthError {
  readonly code = "INVALID_INPUT";
  constructor() {
    super("Cannot find this user: check the id", { actionRequired: "Look the user up with `users`" });
  }
}

/** Returns the metadata that applications show for a state: transitions, profile and last sign-in. */
export function stateMetadataOf(user: User): Record<string, unknown> {
  const { id, authId, email, name, pictureUrl, lastMethod, lastSignInAt } = user;
  return {
    ...user.stateMetadata,
    user: { authId: authId ?? id, email, name, picture: pictureUrl },
    auth: { provider: lastMethod?.toLowerCase() ?? null, lastLogin: lastSignInAt?.toISOString() ?? null },
  };
}

/** Returns the user, for an operator. Throws `UserNotFound`. */
export async function getUser(services: HasDatabase, id: string): Promise<User> {
  const user = isId("usr", id) ? await findUser(services.db, id) : undefined;
  if (!user) throw new UserNotFound();
  return user;
}
