import {
  createOperatorAs,
  findOperator,
  listOperators,
  type Operator,
  revokedMessage,
  revokeOperator,
} from "../../src/operations/operators/operators.ts";
import { OPERATOR_ROLES } from "../../src/operations/operators/roles.ts";
import type { Secret } from "../../src/lib/secret.ts";
import { builder } from "../lib/builder.ts";
import { DoneResult } from "../lib/done.ts";
import { COMMON_ERRORS } from "../lib/errors.ts";
import { NodeInterface } from "../lib/node.ts";

const OperatorRoleEnum = builder.enumType("OperatorRole", {
  description:
    "What an operator may do. READ sees all data except secrets, OPERATE also changes it, REVEAL also reads secrets. Each role includes the previous one.",
  values: OPERATOR_ROLES,
});

export const OperatorType = builder.objectRef<Operator>("Operator").implement({
  description: "An operator account: a person or program with an operator token.",
  authScopes: { operator: "READ" },
  interfaces: [NodeInterface],
  fields: (t) => ({
    id: t.exposeID("id"),
    name: t.exposeString("name", { description: "Unique. Events refer to operators by it." }),
    role: t.expose("role", { type: OperatorRoleEnum }),
    createdAt: t.expose("createdAt", { type: "DateTime" }),
    expiresAt: t.expose("expiresAt", { type: "DateTime" }),
    lastUsedAt: t.expose("lastUsedAt", {
      type: "DateTime",
      nullable: true,
      description: "Updated at most once a minute.",
    }),
    revokedAt: t.expose("revokedAt", { type: "DateTime", nullable: true }),
  }),
});

const OperatorCreated = builder.objectRef<{ operator: Operator; token: Secret }>("OperatorCreated").implement(
  {
    fields: (t) => ({
      operator: t.expose("operator", { type: OperatorType }),
      token: t.string({
        description: "The operator token. It is shown only once, because the server stores only its hash.",
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
    description: "The calling operator. Requires the role READ.",
    authScopes: { operator: "READ" },
    resolve: (_root, _args, { caller, services }) =>
      caller.kind === "operator" ? findOperator(services.db, caller.operatorId) : null,
  }),
  operators: t.field({
    type: [OperatorType],
    description: "All operators, newest first, including revoked and expired ones. Requires the role READ.",
    authScopes: { operator: "READ" },
    resolve: (_root, _args, { services }) => listOperators(services.db),
  }),
}));

builder.mutationFields((t) => ({
  createOperator: t.field({
    type: OperatorResult,
    description:
      "Creates an operator with a role up to the caller's own. `days` is 1 to 3650. Unless the caller has the role REVEAL, the new token expires no later than the caller's. A name can be used only once. Requires the role OPERATE.",
    authScopes: { operator: "OPERATE" },
    args: {
      name: t.arg.string({
        required: true,
        description: "1 to 64 letters, digits or `.` `_` `@` `-`, beginning with a letter or digit.",
      }),
      role: t.arg({ type: OperatorRoleEnum, defaultValue: "OPERATE" }),
      days: t.arg.int({ defaultValue: 90, description: "Lifetime of the token in days, 1 to 3650." }),
    },
    resolve: (_root, { name, role, days }, { caller, services }) =>
      createOperatorAs(services, caller, { name, role: role ?? "OPERATE", days: days ?? 90 }),
  }),
  revokeOperator: t.field({
    type: DoneResult,
    description:
      "Revokes an operator's token, and closes its subscriptions within one second. A caller cannot revoke a role above their own. API keys that the operator created stay valid, and the message names them. Requires the role OPERATE.",
    authScopes: { operator: "OPERATE" },
    args: { id: t.arg.id({ required: true }) },
    resolve: async (_root, { id }, { caller, services }) => {
      return { message: revokedMessage(await revokeOperator(services, caller, id)) };
    },
  }),
}));
