import {
  coerceInputValue,
  type DocumentNode,
  getNamedType,
  getNullableType,
  getOperationAST,
  GraphQLError,
  type GraphQLInputType,
  type GraphQLSchema,
  isInputObjectType,
  isInputType,
  isListType,
  typeFromAST,
} from "graphql";
import type { Plugin } from "graphql-yoga";
import { reasonWithoutValue } from "./error_texts.ts";

type Execution = {
  args: {
    schema: GraphQLSchema;
    document: DocumentNode;
    operationName?: string | null | undefined;
    variableValues?: Record<string, unknown> | null | undefined;
  };
  setResultAndStopExecution: (result: { errors: GraphQLError[] }) => void;
};

/**
 * Rejects invalid variables before execution does: graphql-js quotes the whole value, with any password in it.
 */
export function quietVariables(development: boolean): Plugin {
  const check = ({ args, setResultAndStopExecution }: Execution) => {
    const errors = misfits(args, development);
    if (errors.length > 0) setResultAndStopExecution({ errors });
  };
  return { onExecute: check, onSubscribe: check };
}

/**
 * Returns the first error in each variable. Missing and null variables are left to execution, which has no
 * value to quote.
 */
function misfits(
  { schema, document, operationName, variableValues }: Execution["args"],
  development: boolean,
): GraphQLError[] {
  const { variableDefinitions = [] } = getOperationAST(document, operationName) ?? {};
  return variableDefinitions.flatMap((definition) => {
    const name = definition.variable.name.value;
    const value = variableValues?.[name];
    const type = typeFromAST(schema, definition.type);
    if (value == null || !isInputType(type)) return [];
    try {
      coerceInputValue(value, type, (path, _value, error) => {
        const place = path.map((key) => typeof key === "number" ? `[${key}]` : `.${key}`).join("");
        const reason = reasonWithoutValue(error, typeAt(type, path), development);
        throw new GraphQLError(`Variable "$${name}" has an invalid value at "${name}${place}": ${reason}`, {
          nodes: definition,
          extensions: { code: "BAD_USER_INPUT", http: { status: 400, spec: true } },
        });
      }, !development);
      return [];
    } catch (error) {
      if (error instanceof GraphQLError) return [error];
      throw error;
    }
  });
}

/** Returns the type expected at `path` in a value of `type`. A single value may stand for a list of one. */
function typeAt(type: GraphQLInputType, path: readonly (string | number)[]): GraphQLInputType | undefined {
  const [key, ...rest] = path;
  if (key === undefined) return type;
  const outer = getNullableType(type);
  const object = getNamedType(type);
  const inner = typeof key === "number"
    ? isListType(outer) ? outer.ofType : undefined
    : isInputObjectType(object)
    ? object.getFields()[key]?.type
    : undefined;
  return inner && typeAt(inner, rest);
}
