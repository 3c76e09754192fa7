import { builder } from "./builder.ts";

/** Any object with a globally unique id. `schema/node.ts` implements the interface. */
export const NodeInterface = builder.interfaceRef<{ id: string }>("Node");
