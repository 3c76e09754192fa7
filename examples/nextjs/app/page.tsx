import { SignedIn, SignedOut } from "@sallyport/client/react";
import { Greeting } from "./greeting";
import { SignInForm } from "./sign_in_form";

/** A server component. All components in it are client components: those of the package, the form and the greeting. */
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
