import { refusalsOfName } from "../accounts/refusals/subjects.ts";
import { findSession } from "../accounts/sessions/sessions.ts";
import { findByName, findUser, type User } from "../accounts/users/users.ts";
import type { Subject } from "../events/event_filter.ts";
import { readEvents } from "../events/events.ts";
import { findFlow, type Flow } from "../flows/flows.ts";
import type { HasDatabase } from "../platform/db/tables.ts";
import type { HasKeys } from "../platform/keys/root_key.ts";
import { type Credential, findCredential } from "../vault/vault.ts";
import { type Asked, type TypedName, understand } from "./asked.ts";

/** The subject of a diagnosis: an account, or what is known without one. */
export type About = {
  asked: Asked;
  user?: User | undefined;
  /** The name of the account, if that was asked about. It may have no account. */
  name?: TypedName | undefined;
  /** The flow or credential that was asked about. */
  flow?: Flow | undefined;
  credential?: Credential | undefined;
  /** The fields by which its events are found. */
  subjects: Subject[];
  /** Fields of further events to show that prove nothing. */
  shown?: Subject[];
};

type Services = HasDatabase & HasKeys;

/** At most this many events of a request are searched for its user. */
const MOST_OF_A_REQUEST = 100;

/** Finds what `identifier` stands for, and the user behind it. Throws `InvalidInput` if it is empty or too long. */
export async function findAbout(services: Services, identifier: string): Promise<About> {
  const about = await lookUp(services, understand(identifier));
  const { user, subjects } = about;
  return user ? { ...about, subjects: [{ field: "userId", value: user.id }, ...subjects] } : about;
}

async function lookUp({ db, keys }: Services, asked: Asked): Promise<About> {
  switch (asked.kind) {
    case "name": {
      const { name } = asked;
      return {
        asked,
        name,
        user: await findByName(db, name),
        subjects: refusalsOfName({ keys }, name.typed),
      };
    }
    case "user":
      return { asked, user: await findUser(db, asked.id), subjects: [{ field: "userId", value: asked.id }] };
    case "session": {
      const session = await findSession(db, asked.id);
      const user = session && await findUser(db, session.userId);
      return { asked, user, subjects: [{ field: "sessionId", value: asked.id }] };
    }
    case "flow": {
      const flow = await findFlow(db, asked.id);
      const user = flow?.userId ? await findUser(db, flow.userId) : undefined;
      return { asked, user, flow, subjects: [{ field: "flowId", value: asked.id }] };
    }
    case "credential": {
      const credential = await findCredential(db, asked.id);
      const user = credential?.ownerId ? await findUser(db, credential.ownerId) : undefined;
      return { asked, user, credential, subjects: [{ field: "credentialId", value: asked.id }] };
    }
    case "request": {
      const subjects: Subject[] = [{ field: "requestId", value: asked.id }];
      const named = await findNamedAccount({ db, keys }, asked.name);
      // A client can choose the name of another user as its trace id.
      if (named) return { asked, ...named, shown: subjects };
      const events = await readEvents(db, { limit: MOST_OF_A_REQUEST }, { subjects });
      // Clients choose their trace ids, so events of several users can have the same one.
      const [userId, ...others] = new Set(events.flatMap((event) => event.userId ?? []));
      const user = userId !== undefined && others.length === 0 ? await findUser(db, userId) : undefined;
      return { asked, user, subjects };
    }
    case "address": {
      const named = await findNamedAccount({ db, keys }, asked.name);
      return { asked, subjects: [], ...named, shown: [{ field: "ipAddress", value: asked.ipAddress }] };
    }
  }
}

/** Finds the user whose username looks like something else. */
async function findNamedAccount(
  { db, keys }: Services,
  name: TypedName,
): Promise<Pick<About, "name" | "user" | "subjects"> | undefined> {
  const user = await findByName(db, name);
  return user && { name, user, subjects: refusalsOfName({ keys }, name.typed) };
}
