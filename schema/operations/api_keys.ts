import {
  type ApiKey,
  createApiKey,
  listApiKeys,
  revokeApiKey,
} from "../../src/operations/api_keys/api_keys.ts";
import { API_KEY_SCOPES } from "../../src/operations/api_keys/scopes.ts";
import type { Secret } from "../../src/lib/secret.ts";
import { UserType } from "../accounts/users.ts";
import { builder } from "../lib/builder.ts";
import { DoneResult } from "../lib/done.ts";
import { COMMON_ERRORS } from "../lib/errors.ts";
import { OperatorType } from "./operators.ts";

const ApiKeyType = builder.objectRef<ApiKey>("ApiKey").implement({
  description: "A machine's key for the API. The machine sends it as `Authorization: Bearer spk_…`.",
  authScopes: { operator: "READ" },
  fields: (t) => ({
    id: t.exposeID("id"),
    name: t.exposeString("name"),
    prefix: t.exposeString("prefix", { description: "The first characters of the key, to recognise it by." }),
    scopes: t.exposeStringList("scopes", {
      description: API_KEY_SCOPES.map((scope) => `\`${scope}\``).join(", "),
    }),
    owner: t.field({
      type: UserType,
      nullable: true,
      description: "The user that the key belongs to. Always null: keys belong to the operators.",
      resolve: () => null,
    }),
    createdBy: t.field({
      type: OperatorType,
      nullable: true,
      description:
        "The operator who created the key. The key stays valid if this operator is revoked. Null for keys of earlier versions.",
      resolve: ({ createdBy }, _args, { services }) =>
        createdBy === null ? null : services.load.operator.load(createdBy),
    }),
    createdAt: t.expose("createdAt", { type: "DateTime" }),
    expiresAt: t.expose("expiresAt", {
      type: "DateTime",
      nullable: true,
      description: "Null if the key does not expire.",
    }),
    lastUsedAt: t.expose("lastUsedAt", {
      type: "DateTime",
      nullable: true,
      description: "Time of the last use. Updated at most once a minute.",
    }),
  }),
});

const ApiKeyCreated = builder.objectRef<{ apiKey: ApiKey; key: Secret }>("ApiKeyCreated").implement({
  fields: (t) => ({
    apiKey: t.expose("apiKey", { type: ApiKeyType }),
    key: t.string({
      description: "The key. It is shown only once, because the server stores only its hash.",
      resolve: ({ key }) => key.reveal(),
    }),
  }),
});

const ApiKeyResult = builder.errorUnion("ApiKeyResult", {
  types: [ApiKeyCreated, ...COMMON_ERRORS],
  resolveType: () => "ApiKeyCreated",
});

builder.queryField("apiKeys", (t) =>
  t.field({
    type: [ApiKeyType],
    description: "All valid API keys, newest first. Requires the role READ.",
    authScopes: { operator: "READ" },
    resolve: (_root, _args, { services }) => listApiKeys(services.db, services.now()),
  }));

builder.mutationFields((t) => ({
  createApiKey: t.field({
    type: ApiKeyResult,
    description:
      "Creates a key for a machine. There can be up to 100 keys. Unless the caller has the role REVEAL, the key expires no later than the caller's token. Requires the role OPERATE.",
    authScopes: { operator: "OPERATE" },
    args: {
      name: t.arg.string({
        required: true,
        description: "1 to 64 letters, digits or `.` `_` `@` `-`. Begins with a letter or digit.",
      }),
      scopes: t.arg.stringList({
        required: true,
        description: `The scopes of the key, which decide what it may do. One or more of ${
          API_KEY_SCOPES.map((scope) => `\`${scope}\``).join(", ")
        }.`,
      }),
      days: t.arg.int({ description: "Lifetime in days, 1 to 3650. Without it, the key does not expire." }),
    },
    resolve: (_root, { name, scopes, days }, { caller, services }) =>
      createApiKey(services, caller, { name, scopes, days: days ?? null }),
  }),
  revokeApiKey: t.field({
    type: DoneResult,
    description:
      "Revokes an API key, and ends its subscriptions within one second. Requires the role OPERATE.",
    authScopes: { operator: "OPERATE" },
    args: { id: t.arg.id({ required: true }) },
    resolve: async (_root, { id }, { caller, services }) => {
      await revokeApiKey(services, caller, id);
      return { message: "Revoked" };
    },
  }),
}));
