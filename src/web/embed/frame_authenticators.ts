import { type Authenticators, browserAuthenticators, PasskeyError } from "../../client/passkeys/passkeys.ts";

/** A request to the passkey window. */
export type Asked = { action: keyof Authenticators; options: unknown };

/** The passkeys of the embedded dialog: in its frame where the browser allows it, otherwise in a window. */
export const frameAuthenticators: Authenticators = {
  create: (options) =>
    isAllowed("create") ? browserAuthenticators.create(options) : inWindow("create", options),
  get: (options) => isAllowed("get") ? browserAuthenticators.get(options) : inWindow("get", options),
};

/** Chrome's interface to the permissions policy of a document. */
type WithPolicy = { featurePolicy?: { allowsFeature(feature: string): boolean } };

/** The embedding page can forbid passkeys in frames. Only Chrome tells. Safari never creates passkeys in frames. */
function isAllowed(action: keyof Authenticators): boolean {
  const { featurePolicy } = document as WithPolicy;
  return featurePolicy?.allowsFeature(`publickey-credentials-${action}`) ?? action === "get";
}

/** A closed window sends no event. */
const CLOSED_CHECK_MS = 300;

/** Asks in a window of ours. Must be called in the handler of a click, or the browser blocks the window. */
function inWindow(action: keyof Authenticators, options: Promise<unknown>): Promise<unknown> {
  const opened = open("/passkey", "_blank", "popup,width=520,height=680");
  if (!opened) throw new PasskeyError("BLOCKED");
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const answer = (event: MessageEvent) => {
    if (event.source !== opened || event.origin !== location.origin) return;
    if (event.data !== "ready") return resolve(event.data.response);
    options.then(
      (options) => opened.postMessage({ action, options } satisfies Asked, location.origin),
      reject,
    );
  };
  const timer = setInterval(() => opened.closed && reject(new PasskeyError("CANCELLED")), CLOSED_CHECK_MS);
  addEventListener("message", answer);
  options.catch(reject);
  return promise.finally(() => {
    clearInterval(timer);
    removeEventListener("message", answer);
    opened.close();
  });
}
