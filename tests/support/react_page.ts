import { Window } from "happy-dom";
import assert from "node:assert/strict";
import type { ReactNode } from "react";
import type { Root } from "react-dom/client";
import { onPglite, type TestDatabase } from "./databases.ts";
import { loadReact18 } from "./react_18.ts";

/** A version of React, and our components on it. */
type Rendering = {
  react: typeof import("react");
  client: typeof import("react-dom/client");
  server: typeof import("react-dom/server");
  library: typeof import("../../src/client/react/react.ts");
};

/** A page in which React renders. */
export type ReactPage = Rendering & {
  /** Renders, and renders again. */
  render(node: ReactNode): void;
  /** Hydrates the server's HTML. */
  hydrate(html: string, node: ReactNode): void;
  unmount(): void;
  /** The visible text. */
  text(): string;
};

/** Registers a test for each version of React that we support. React must report no error in it. */
export function onReact(
  name: string,
  run: (page: ReactPage, database: TestDatabase) => Promise<void>,
): void {
  for (const version of [18, 19] as const) {
    onPglite(`React ${version}: ${name}`, async (database) => {
      await using page = await openPage(version);
      assert.equal(parseInt(page.react.version), version);
      await run(page, database);
      page.unmount();
      assert.deepEqual(page.errors, []);
    });
  }
}

/** React uses two globals of a browser. They exist as long as the page. */
async function openPage(version: 18 | 19): Promise<ReactPage & AsyncDisposable & { errors: unknown[] }> {
  const window = new Window({ url: "http://127.0.0.1/" });
  const document = window.document as unknown as Document;
  Object.assign(globalThis, { window, document });
  const errors: unknown[] = [];
  const { error } = console;
  console.error = (...reported: unknown[]) => void errors.push(reported);
  const rendering = await (version === 18 ? react18() : react19());
  const { createRoot, hydrateRoot } = rendering.client;
  const container = document.createElement("main");
  const options = { onRecoverableError: (mismatch: unknown) => void errors.push(mismatch) };
  let root: Root | undefined;
  return {
    ...rendering,
    errors,
    render: (node) => (root ??= createRoot(container, options)).render(node),
    hydrate: (html, node) => {
      container.innerHTML = html;
      root = hydrateRoot(container, node, options);
    },
    unmount: () => root?.unmount(),
    text: () => container.textContent ?? "",
    [Symbol.asyncDispose]: async () => {
      console.error = error;
      await window.happyDOM.close();
      for (const name of ["window", "document"]) Reflect.deleteProperty(globalThis, name);
    },
  };
}

async function react19(): Promise<Rendering> {
  return {
    react: await import("react"),
    client: await import("react-dom/client"),
    server: await import("react-dom/server"),
    library: await import("../../src/client/react/react.ts"),
  };
}

let loaded18: Promise<Rendering> | undefined;

function react18(): Promise<Rendering> {
  return loaded18 ??= loadReact18();
}
