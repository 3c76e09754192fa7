"use client";

import { useAuth } from "@sallyport/client/react";
import { useEffect, useState } from "react";

/** Shows the answer of this application's own API. `client.fetch` adds the access token. */
export function Greeting() {
  const { client, user } = useAuth();
  const [answer, setAnswer] = useState("");
  useEffect(() => {
    void client.fetch("/api/hello").then(async (response) => setAnswer(await response.text()));
  }, [client]);
  return (
    <section>
      <p>You are {user?.username}.</p>
      <p role="status">{answer}</p>
      <button type="button" onClick={() => void client.signOut()}>Sign out</button>
    </section>
  );
}
