import type { Caller } from "../caller.ts";
import { Unauthenticated } from "../errors.ts";
import type { Metrics } from "../metrics/metrics.ts";
import { authenticateOperator } from "../operators/operators.ts";
import type { Services } from "../services.ts";
import type { RequestFacts } from "./graphql.ts";

/**
 * Who makes this request. A token that is not good (any more) makes the caller nobody: every field then answers
 * in its own form. Throws `Unavailable` when the database cannot be asked.
 */
export async function identifyCaller(
  services: Pick<Services, "db" | "now"> & { metrics: Metrics },
  { authorization, ipAddress }: RequestFacts,
): Promise<Caller> {
  const token = /^Bearer ([!-~]+)$/i.exec(authorization ?? "")?.[1];
  if (token === undefined) return { kind: "nobody", ipAddress };
  try {
    const { id, name, role, expiresAt } = await authenticateOperator(services, token);
    services.metrics.add("tokenValidations");
    return { kind: "operator", operatorId: id, name, role, expiresAt, ipAddress };
  } catch (error) {
    if (!(error instanceof Unauthenticated)) throw error;
    services.metrics.add("tokenValidationFailures");
    return { kind: "nobody", ipAddress };
  }
}
