import { SignedIn, SignedOut } from "@sallyport/client/react";
import { Greeting } from "./greeting";
import { SignInForm } from "./sign_in_form";

/** A server component. The components of the package are client components, like the two of this folder. */
export default function Page() {
  return (
    <main>
      <h1>Sallyport with Next.js</h1>
      <SignedOut>
        <SignInForm />
      </SignedOut>
      <SignedIn>
        <Greeting />
      </SignedIn>
    </main>
  );
}
