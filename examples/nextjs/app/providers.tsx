"use client";

import { createSallyport, localTokenStorage, memoryStorage } from "@sallyport/client";
import { SallyportProvider } from "@sallyport/client/react";
import type { ReactNode } from "react";

/** The server has no session: it renders the same page for all users. */
const isServer = typeof window === "undefined";

const client = createSallyport({
  url: process.env.NEXT_PUBLIC_SALLYPORT_URL ?? "http://127.0.0.1:4000",
  storage: isServer ? memoryStorage() : localTokenStorage(),
});

export function Providers({ children }: { children: ReactNode }) {
  return <SallyportProvider client={client}>{children}</SallyportProvider>;
}
