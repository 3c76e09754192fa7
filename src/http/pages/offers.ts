import type { Offers } from "../../web/offers.ts";
import { type Intersection, merged } from "../../lib/intersection.ts";
import { SIGN_IN_METHODS } from "../../sign_in/methods.ts";

/** The data for the sign-in page, and the headers that follow from it. */
export type Offered = {
  offers: Offers;
  /** Sites that the page loads scripts from, as in its content security policy. */
  foreignScripts: string | undefined;
  referrerPolicy: string;
};

type Method = (typeof SIGN_IN_METHODS)[number];
type Offering = Extract<Method, { offers: unknown }>["offers"];
type Loading = Extract<Method, { foreignScripts: unknown }>["foreignScripts"];
type OfferServices = Intersection<Parameters<Offering | Loading>[0]>;

/** Returns the configured sign-in methods, as public data. */
export function offersOf(services: OfferServices): Offered {
  const offers = merged(
    SIGN_IN_METHODS.flatMap((method) => "offers" in method ? [method.offers(services)] : []),
  );
  const sites = SIGN_IN_METHODS.flatMap((method) =>
    "foreignScripts" in method ? method.foreignScripts(services) ?? [] : []
  );
  const foreignScripts = sites.join(" ") || undefined;
  // These scripts need the origin of the page.
  const referrerPolicy = foreignScripts ? "strict-origin-when-cross-origin" : "same-origin";
  return { offers, foreignScripts, referrerPolicy };
}
