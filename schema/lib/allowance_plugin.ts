import { FLOOD_LIMITS } from "../../src/operations/limits/general_limits.ts";
import SchemaBuilder, { BasePlugin, type PothosOutputFieldConfig, type SchemaTypes } from "@pothos/core";
import type { GraphQLFieldResolver } from "graphql";
import type { Caller } from "../../src/operations/caller.ts";
import type { Limit, LimitSubject } from "../../src/operations/limits/limits.ts";
import type { Context } from "./context.ts";

type Resolver<Types extends SchemaTypes> = GraphQLFieldResolver<unknown, Types["Context"], object>;

/** The allowance that each kind of caller uses. */
type ByCaller = Record<Caller["kind"], Limit>;

const WRITES: ByCaller = {
  user: FLOOD_LIMITS.writesPerUser,
  operator: FLOOD_LIMITS.writesPerOperator,
  apiKey: FLOOD_LIMITS.writesPerOperator,
  nobody: FLOOD_LIMITS.writesPerAddress,
};

const SUBSCRIPTIONS: ByCaller = {
  user: FLOOD_LIMITS.subscriptionsPerUser,
  operator: FLOOD_LIMITS.subscriptionsPerUser,
  apiKey: FLOOD_LIMITS.subscriptionsPerUser,
  nobody: FLOOD_LIMITS.subscriptionsPerAddress,
};

/** For fields that return a provider's access token: programs request one before each call. */
const ACCESSES: ByCaller = {
  ...WRITES,
  user: FLOOD_LIMITS.accessesPerUser,
  operator: FLOOD_LIMITS.accessesPerUser,
};

/**
 * Counts every mutation and every opened subscription against the caller's allowance. It applies to all fields,
 * so a new field cannot miss it. Queries with `extensions: { writesEvent: true }` count as mutations. Fields with
 * `extensions: { givesAccess: true }` have their own allowance. Requests that the scopes reject are not counted.
 */
class AllowancePlugin<Types extends SchemaTypes> extends BasePlugin<Types> {
  override wrapResolve(
    resolver: Resolver<Types>,
    { parentType, extensions }: PothosOutputFieldConfig<Types>,
  ): Resolver<Types> {
    if (parentType !== "Mutation" && extensions?.["writesEvent"] !== true) return resolver;
    return counted(resolver, extensions?.["givesAccess"] === true ? ACCESSES : WRITES);
  }

  override wrapSubscribe(
    subscriber: Resolver<Types> | undefined,
    { parentType }: PothosOutputFieldConfig<Types>,
  ): Resolver<Types> | undefined {
    return subscriber && parentType === "Subscription" ? counted(subscriber, SUBSCRIPTIONS) : subscriber;
  }
}

function counted<Types extends SchemaTypes>(resolver: Resolver<Types>, by: ByCaller): Resolver<Types> {
  return async (parent, args, context, info) => {
    const { caller, services } = context as Context;
    await services.allowances.take(by[caller.kind], subjectOf(caller));
    return await resolver(parent, args, context, info);
  };
}

function subjectOf(caller: Caller): LimitSubject {
  switch (caller.kind) {
    case "user":
      return { key: caller.userId };
    case "operator":
      return { key: caller.operatorId };
    case "apiKey":
      return { key: caller.apiKeyId };
    case "nobody":
      return { ipAddress: caller.ipAddress };
  }
}

declare global {
  export namespace PothosSchemaTypes {
    export interface Plugins<Types extends SchemaTypes> {
      allowances: AllowancePlugin<Types>;
    }
  }
}

export const ALLOWANCES = "allowances";

SchemaBuilder.registerPlugin(ALLOWANCES, AllowancePlugin);
