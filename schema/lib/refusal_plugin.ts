import SchemaBuilder, { BasePlugin, type PothosOutputFieldConfig, type SchemaTypes } from "@pothos/core";
import type { GraphQLFieldResolver } from "graphql";
import { readFlowId } from "../../src/flows/flow_key.ts";
import { AuthError } from "../../src/lib/errors.ts";
import type { Context } from "./context.ts";

type Resolver<Types extends SchemaTypes> = GraphQLFieldResolver<unknown, Types["Context"], object>;

/** Records the refusals of all mutations, and of queries that write events. A new mutation needs no code for it. */
class RefusalPlugin<Types extends SchemaTypes> extends BasePlugin<Types> {
  override wrapResolve(
    resolver: Resolver<Types>,
    { parentType, name, extensions }: PothosOutputFieldConfig<Types>,
  ): Resolver<Types> {
    if (parentType !== "Mutation" && extensions?.["writesEvent"] !== true) return resolver;
    const signsIn = extensions?.["checksCredential"] === true;
    return async (parent, args, context, info) => {
      try {
        return await resolver(parent, args, context, info);
      } catch (error) {
        const { caller, services } = context as Context;
        if (error instanceof AuthError) {
          services.count("refusals");
          if (error.code === "OVERLOADED") services.count("overloads");
        }
        if (error instanceof AuthError && !error.note.recorded) {
          services.refusals.note({ operation: name, signsIn, error, caller, ...namedIn(args) });
        }
        throw error;
      }
    };
  }
}

/** Returns the name and the flow that the arguments have. */
function namedIn(args: object): { identifier?: string; flowId?: string } {
  const values: Record<string, unknown> = { ...args, ...("input" in args ? args.input as object : {}) };
  const named = [values["identifier"], values["email"], values["username"]];
  const identifier = named.find((each) => typeof each === "string");
  const flow = typeof values["flowId"] === "string" ? readFlowId(values["flowId"]) : undefined;
  return { ...(identifier !== undefined && { identifier }), ...(flow && { flowId: flow.id }) };
}

declare global {
  export namespace PothosSchemaTypes {
    export interface Plugins<Types extends SchemaTypes> {
      refusals: RefusalPlugin<Types>;
    }
  }
}

export const REFUSALS = "refusals";

SchemaBuilder.registerPlugin(REFUSALS, RefusalPlugin);
