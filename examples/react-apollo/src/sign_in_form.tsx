import { useAuth } from "@sallyport/client/react";
import { useState } from "react";

export function SignInForm() {
  const { client } = useAuth();
  const [message, setMessage] = useState("");
  const signIn = async (form: FormData) => {
    try {
      await client.signInWithPassword(String(form.get("name")), String(form.get("password")));
    } catch (error) {
      setMessage(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void signIn(new FormData(event.currentTarget));
      }}
    >
      <label>
        Username or e-mail address <input name="name" autoComplete="username" />
      </label>
      <label>
        Password <input name="password" type="password" autoComplete="current-password" />
      </label>
      <button type="submit">Sign in</button>
      <p role="alert">{message}</p>
    </form>
  );
}

export function SignOutButton() {
  const { client } = useAuth();
  return <button type="button" onClick={() => void client.signOut()}>Sign out</button>;
}
