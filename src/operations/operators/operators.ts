import { type Caller, hasRole, originOf, refusal } from "../caller.ts";
import { AuthError, Forbidden, InvalidInput, Unauthenticated } from "../../lib/errors.ts";
import { type HasRandom, newToken, tokenHash } from "../../lib/crypto.ts";
import { type Origin, recordEvent, SYSTEM } from "../../events/events.ts";
import { isId, newId } from "../../lib/ids.ts";
import { Secret } from "../../lib/secret.ts";
import { type HasEventLog, inTransaction } from "../../events/transaction.ts";
import type { HasDatabase } from "../../platform/db/tables.ts";
import type { HasClock } from "../../lib/clock.ts";
import {
  findOperator,
  findOperatorByHash,
  insertOperator,
  noteUse,
  revokeOperatorRow,
} from "./operator_store.ts";
import { apiKeysOf } from "../api_keys/api_keys.ts";
import { includesRole, type OperatorRole } from "./roles.ts";

export { findOperator, findOperators, listOperators } from "./operator_store.ts";

/** A person or program with an operator token. The role decides what they may do. */
export type Operator = {
  id: string;
  name: string;
  role: OperatorRole;
  createdAt: Date;
  expiresAt: Date;
  lastUsedAt: Date | null;
  revokedAt: Date | null;
};

/** The prefix of every operator token, so that secret scanners can recognise one. */
export const OPERATOR_TOKEN_PREFIX = "spo";

const DAY_MS = 24 * 60 * 60 * 1000;

/** Maximum lifetime of an operator token: ten years. */
const MOST_DAYS = 3650;

/** No operator with this id exists. */
export class OperatorNotFound extends AuthError {
  readonly code = "INVALID_INPUT";
  constructor() {
    super("Cannot find this operator: no operator has this id", {
      actionRequired: "Check the id in the list of operators",
    });
  }
}

export type NewOperator = { name: string; role: OperatorRole; days: number };

/**
 * Creates an operator and returns the token, which is stored only as a hash. Names are never reused, because
 * events refer to operators by name. Throws `InvalidInput`.
 */
export async function createOperator(
  services: HasClock & HasEventLog & HasRandom,
  origin: Origin,
  input: NewOperator,
  latestEnd?: Date,
): Promise<{ operator: Operator; token: Secret }> {
  checkInput(input);
  const { token, hash } = newToken(OPERATOR_TOKEN_PREFIX, services.random);
  const createdAt = services.now();
  const operator: Operator = {
    id: newId("opr"),
    name: input.name,
    role: input.role,
    createdAt,
    expiresAt: new Date(
      Math.min(createdAt.getTime() + input.days * DAY_MS, latestEnd?.getTime() ?? Infinity),
    ),
    lastUsedAt: null,
    revokedAt: null,
  };
  await inTransaction(services, async (tx) => {
    if (!await insertOperator(tx.db, operator, hash)) {
      throw new InvalidInput(
        "Cannot create the operator: the name is taken",
        "Choose another name",
      );
    }
    const { id: operatorId, name, role } = operator;
    recordEvent(tx, "operator.created", origin, {}, { operatorId, name, role });
  });
  return { operator, token: new Secret(token) };
}

/**
 * Creates an operator on behalf of a caller. The new role may not be above the caller's. Unless the caller has
 * the role REVEAL, the new token expires no later than the caller's.
 */
export async function createOperatorAs(
  services: HasClock & HasEventLog & HasRandom,
  caller: Caller,
  input: NewOperator,
): Promise<{ operator: Operator; token: Secret }> {
  if (!hasRole(caller, "OPERATE")) throw refusal(caller, "OPERATE");
  if (!hasRole(caller, input.role)) {
    throw new Forbidden(`an operator token with the role ${input.role}`);
  }
  const latestEnd = caller.kind === "operator" && caller.role !== "REVEAL" ? caller.expiresAt : undefined;
  return await createOperator(services, originOf(caller), input, latestEnd);
}

/**
 * Revokes an operator's token, and closes its subscriptions on every instance within one second. Revoking twice
 * changes nothing. A caller cannot revoke a role above their own. API keys that the operator created belong to all
 * operators, and stay valid: returns their names.
 */
export async function revokeOperator(
  services: HasClock & HasEventLog,
  caller: Caller | "command line",
  id: string,
): Promise<string[]> {
  return await inTransaction(services, async (tx) => {
    const operator = isId("opr", id) ? await findOperator(tx.db, id) : undefined;
    if (caller !== "command line" && !hasRole(caller, "OPERATE")) throw refusal(caller, "OPERATE");
    if (!operator) throw new OperatorNotFound();
    if (caller !== "command line" && !hasRole(caller, operator.role)) throw refusal(caller, operator.role);
    if (await revokeOperatorRow(tx.db, id, tx.now())) {
      const origin = caller === "command line" ? SYSTEM : originOf(caller);
      recordEvent(tx, "operator.revoked", origin, {}, { operatorId: id, name: operator.name });
    }
    return (await apiKeysOf(tx.db, id, tx.now())).map(({ name }) => name);
  });
}

/** Says that an operator is revoked, and which API keys they leave behind. */
export function revokedMessage(keys: readonly string[]): string {
  return keys.length === 0 ? "Revoked" : `Revoked. API keys of this operator stay valid: ${keys.join(", ")}`;
}

/** Minimum interval between writes of the last use, so that not every request writes a row. */
const USE_NOTED_EVERY_MS = 60_000;

/**
 * Returns the operator with this token. A malformed token needs no query. Throws `Unauthenticated` if the token
 * is unknown, expired or revoked, without saying which.
 */
export async function authenticateOperator(
  services: HasDatabase & HasClock,
  token: string,
): Promise<Operator> {
  const hash = tokenHash(OPERATOR_TOKEN_PREFIX, token);
  const operator = hash && await findOperatorByHash(services.db, hash);
  const now = services.now();
  if (!operator || operator.revokedAt || operator.expiresAt <= now) throw new Unauthenticated();
  if (now.getTime() - (operator.lastUsedAt?.getTime() ?? 0) > USE_NOTED_EVERY_MS) {
    await noteUse(services.db, operator.id, now).catch(() => {});
  }
  return operator;
}

/** Whether an operator's token is still valid. */
export async function operatorHolds(services: HasDatabase & HasClock, id: string): Promise<boolean> {
  const operator = await findOperator(services.db, id);
  return operator !== undefined && !operator.revokedAt && operator.expiresAt > services.now();
}

function checkInput({ name, role, days }: NewOperator): void {
  if (!/^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/.test(name)) {
    throw new InvalidInput(
      "Cannot create the operator: a name is 1 to 64 letters, digits or . _ @ - and begins with a letter or digit",
    );
  }
  if (!includesRole("REVEAL", role)) throw new InvalidInput("Cannot create the operator: unknown role");
  if (!Number.isInteger(days) || days < 1 || days > MOST_DAYS) {
    throw new InvalidInput(`Cannot create the operator: days must be a whole number from 1 to ${MOST_DAYS}`);
  }
}
