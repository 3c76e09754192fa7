import {
  buildSchema,
  execute,
  type GraphQLFieldResolver,
  type GraphQLOutputType,
  type GraphQLTypeResolver,
  isEnumType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isScalarType,
  parse,
} from "graphql";

/** Text that sets the clipboard, clears the screen, changes colours and direction, hides text and adds lines. */
export const HOSTILE =
  "\x1b]52;c;aGFja2Vk\x07\x1b[2J\x9b31m\x7f\u200B\u200F\u061C\u202E\u2066\t\v\r\x85\u2028\u2029\nforged";

/**
 * `answers`: every text of a success is hostile. `refuses`: mutations answer with an error of their union.
 * `fails`: GraphQL errors. `breaks`: the answer is not GraphQL.
 */
export type Manner = "answers" | "refuses" | "fails" | "breaks";

export type HostileServer = AsyncDisposable & {
  url: string;
  manner: Manner;
  /** The final status of a watched flow. */
  ending: string;
  /** The redirect URI of the last Google authorization. */
  redirectUri: string;
  /** The ID tokens of the emulated Google. */
  idToken: string;
};

const schema = buildSchema(
  await Deno.readTextFile(new URL("../../schema/schema.graphql", import.meta.url)),
);
for (const type of Object.values(schema.getTypeMap())) {
  // A hostile server ignores enumerations.
  if (isEnumType(type)) type.serialize = (value) => value as string;
}

/** A GraphQL server, an inbox and an emulated Google, all with hostile texts. */
export function startHostileServer(): HostileServer {
  const http = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => answer(request, server),
  );
  const server: HostileServer = {
    url: `http://127.0.0.1:${http.addr.port}`,
    manner: "answers",
    ending: "SUCCEEDED",
    redirectUri: "",
    idToken: HOSTILE,
    [Symbol.asyncDispose]: () => http.shutdown(),
  };
  return server;
}

async function answer(request: Request, server: HostileServer): Promise<Response> {
  const { pathname } = new URL(request.url);
  if (pathname === "/graphql") return await answerGraphql(request, server);
  await request.body?.cancel();
  const answers = server.manner === "answers";
  switch (pathname) {
    case "/mails.json": {
      // A mail may contain line breaks.
      const text = `one\r\ntwo${HOSTILE.replaceAll("\n", "")}`;
      const mail = { number: 1, at: HOSTILE, to: [HOSTILE], subject: HOSTILE, text };
      return answers ? Response.json([mail]) : new Response(HOSTILE, { status: 500 });
    }
    case "/emulated/id-token":
      return answers ? Response.json({ idToken: server.idToken }) : new Response(HOSTILE, { status: 400 });
    case "/readyz":
      return Response.json({ checks: [{ ok: false, name: HOSTILE, message: HOSTILE }] }, { status: 503 });
    default:
      return new Response(HOSTILE);
  }
}

async function answerGraphql(request: Request, server: HostileServer): Promise<Response> {
  const { query, variables } = await request.json();
  const { redirectUri } = variables.input ?? {};
  if (redirectUri) server.redirectUri = redirectUri;
  if (server.manner === "breaks") return new Response(HOSTILE, { status: 500, statusText: "Error" });
  if (server.manner === "fails") {
    return Response.json({ errors: [{ message: HOSTILE, extensions: { code: HOSTILE } }] });
  }
  const say = (status: string) =>
    execute({
      schema,
      document: parse(query),
      variableValues: variables,
      fieldResolver: hostileField(status),
      typeResolver: server.manner === "refuses" ? refusal : success,
    });
  if (!query.startsWith("subscription")) return Response.json(await say(server.ending));
  const texts = (_: string, value: unknown) => typeof value === "number" ? HOSTILE : value;
  const values = [await say("WAITING"), await say(server.ending)];
  const events = values.map((value) => `event: next\ndata: ${JSON.stringify(value, texts)}\n\n`);
  return new Response(`${events.join("")}event: complete\ndata:\n\n`, {
    headers: { "content-type": "text/event-stream" },
  });
}

/** Values that commands check before they print the rest. */
const hostileField =
  (status: string): GraphQLFieldResolver<unknown, unknown> => (_source, _args, _, info) => {
    if (info.fieldName === "status") return status;
    if (info.fieldName === "name" && info.path.prev?.prev?.key === "checks") return "Modal";
    return valueOf(info.returnType);
  };

function valueOf(type: GraphQLOutputType): unknown {
  if (isNonNullType(type)) return valueOf(type.ofType);
  if (isListType(type)) return [valueOf(type.ofType)];
  if (isEnumType(type)) return HOSTILE;
  if (!isScalarType(type)) return {};
  switch (type.name) {
    case "Int":
      return 0;
    case "Boolean":
      return false;
    case "URL":
      return `http://127.0.0.1:9/?state=s${HOSTILE}`;
    case "JSON":
      return { tokenId: `ak-${HOSTILE}`, tokenSecret: `as-${HOSTILE}` };
    default:
      return HOSTILE;
  }
}

const ERROR = "AuthError";

function typesOf(type: Parameters<GraphQLTypeResolver<unknown, unknown>>[3]) {
  const error = schema.getType(ERROR);
  return schema.getPossibleTypes(type).map((each) => ({
    name: each.name,
    isError: isInterfaceType(error) && schema.isSubType(error, each),
  }));
}

const refusal: GraphQLTypeResolver<unknown, unknown> = (_value, _context, _info, type) =>
  (typesOf(type).find(({ isError }) => isError) ?? typesOf(type)[0])?.name;

const success: GraphQLTypeResolver<unknown, unknown> = (_value, _context, _info, type) => {
  const types = typesOf(type).filter(({ isError }) => !isError);
  return (types.find(({ name }) => name === "GoogleAuthorizationFlow") ?? types[0])?.name;
};
