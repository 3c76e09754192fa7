import {
  createOperatorAs,
  findOperator,
  listOperators,
  type Operator,
  revokeOperator,
} from "../../src/operations/operators/operators.ts";
import { OPERATOR_ROLES } from "../../src/operations/operators/roles.ts";
import type { Secret } from "../../src/lib/secret.ts";
import { builder } from "../lib/builder.ts";
import { DoneResult } from "../lib/done.ts";
import { COMMON_ERRORS } from "../lib/errors.ts";

const OperatorRoleEnum = builder.enumType("OperatorRole", {
  description: "What an operator may do; each role includes the one before it.",
  values: OPERATOR_ROLES,
});

const OperatorType = builder.objectRef<Operator>("Operator").implement({
  description: "Whoever holds an operator token.",
  authScopes: { operator: "READ" },
  fields: (t) => ({
    id: t.exposeID("id"),
    name: t.exposeString("name"),
    role: t.expose("role", { type: OperatorRoleEnum }),
    createdAt: t.expose("createdAt", { type: "DateTime" }),
    expiresAt: t.expose("expiresAt", { type: "DateTime" }),
    lastUsedAt: t.expose("lastUsedAt", { type: "DateTime", nullable: true, description: "To the minute." }),
    revokedAt: t.expose("revokedAt", { type: "DateTime", nullable: true }),
  }),
});

const OperatorCreated = builder.objectRef<{ operator: Operator; token: Secret }>("OperatorCreated").implement(
  {
    fields: (t) => ({
      operator: t.expose("operator", { type: OperatorType }),
      token: t.string({
        description: "The only time the token is shown: it is stored hashed.",
        resolve: ({ token }) => token.reveal(),
      }),
    }),
  },
);

const OperatorResult = builder.errorUnion("OperatorResult", {
  types: [OperatorCreated, ...COMMON_ERRORS],
  resolveType: () => "OperatorCreated",
});

builder.queryFields((t) => ({
  operator: t.field({
    type: OperatorType,
    nullable: true,
    description: "Who the caller is, when that is an operator.",
    authScopes: { operator: "READ" },
    resolve: (_root, _args, { caller, services }) =>
      caller.kind === "operator" ? findOperator(services.db, caller.operatorId) : null,
  }),
  operators: t.field({
    type: [OperatorType],
    description: "The newest first, revoked and expired ones included.",
    authScopes: { operator: "READ" },
    resolve: (_root, _args, { services }) => listOperators(services.db),
  }),
}));

builder.mutationFields((t) => ({
  createOperator: t.field({
    type: OperatorResult,
    description: "Creates an operator with a role up to the caller's own.",
    authScopes: { operator: "OPERATE" },
    args: {
      name: t.arg.string({ required: true }),
      role: t.arg({ type: OperatorRoleEnum, defaultValue: "OPERATE" }),
      days: t.arg.int({ defaultValue: 90 }),
    },
    resolve: (_root, { name, role, days }, { caller, services }) =>
      createOperatorAs(services, caller, { name, role: role ?? "OPERATE", days: days ?? 90 }),
  }),
  revokeOperator: t.field({
    type: DoneResult,
    description: "Ends an operator's token and, within a second, its open subscriptions.",
    authScopes: { operator: "OPERATE" },
    args: { id: t.arg.id({ required: true }) },
    resolve: async (_root, { id }, { caller, services }) => {
      await revokeOperator(services, caller, id);
      return { message: "Revoked" };
    },
  }),
}));
