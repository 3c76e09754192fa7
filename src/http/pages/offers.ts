import type { Offers } from "../../web/offers.ts";
import { type Intersection, merged } from "../../lib/intersection.ts";
import { SIGN_IN_METHODS } from "../../sign_in/methods.ts";

/** What the sign-in page is told, and what its answer says because of that. */
export type Offered = {
  offers: Offers;
  /** Sites that serve scripts of it, as its content security policy names them. */
  foreignScripts: string | undefined;
  referrerPolicy: string;
};

type Method = (typeof SIGN_IN_METHODS)[number];
type Offering = Extract<Method, { offers: unknown }>["offers"];
type Loading = Extract<Method, { foreignScripts: unknown }>["foreignScripts"];
type OfferServices = Intersection<Parameters<Offering | Loading>[0]>;

/** What is configured, as far as everybody may know. */
export function offersOf(services: OfferServices): Offered {
  const offers = merged(
    SIGN_IN_METHODS.flatMap((method) => "offers" in method ? [method.offers(services)] : []),
  );
  const sites = SIGN_IN_METHODS.flatMap((method) =>
    "foreignScripts" in method ? method.foreignScripts(services) ?? [] : []
  );
  const foreignScripts = sites.join(" ") || undefined;
  // Such a script asks for the page's own site.
  const referrerPolicy = foreignScripts ? "strict-origin-when-cross-origin" : "same-origin";
  return { offers, foreignScripts, referrerPolicy };
}
