import {
  type Authenticators,
  browserAuthenticators,
  PasskeyError,
  type PasskeyResponse,
} from "../../client/passkeys/passkeys.ts";

type Action = "create" | "get";

/** A request to the passkey window. */
export type Asked = { action: Action; options: unknown };

/** Closes the window. */
let close: (() => void) | undefined;

/** The passkeys of the embedded dialog: in its frame where the browser allows it, otherwise in a window. */
export const frameAuthenticators: Authenticators = {
  create: (options) =>
    isAllowed("create") ? browserAuthenticators.create(options) : inWindow("create", options),
  get: (options) => isAllowed("get") ? browserAuthenticators.get(options) : inWindow("get", options),
  cancel: () => {
    close?.();
    browserAuthenticators.cancel();
  },
};

addEventListener("pagehide", () => close?.());

/** Chrome's interface to the permissions policy of a document. */
type WithPolicy = { featurePolicy?: { allowsFeature(feature: string): boolean } };

/** The embedding page can forbid passkeys in frames. Only Chrome reports it. Safari never creates passkeys in frames. */
function isAllowed(action: Action): boolean {
  const { featurePolicy } = document as WithPolicy;
  return featurePolicy?.allowsFeature(`publickey-credentials-${action}`) ?? action === "get";
}

/** A closed window sends no event. */
const CLOSED_CHECK_MS = 300;

/** Asks in a window of ours. Must be called in the handler of a click, or the browser blocks the window. */
async function inWindow(action: Action, options: Promise<unknown>): Promise<PasskeyResponse> {
  const opened = open("/passkey", "_blank", "popup,width=520,height=680");
  const { promise, resolve, reject } = Promise.withResolvers<PasskeyResponse>();
  options.catch(reject);
  if (!opened) {
    reject(new PasskeyError("BLOCKED"));
    return await promise;
  }
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
  close = () => opened.close();
  try {
    return await promise;
  } finally {
    clearInterval(timer);
    removeEventListener("message", answer);
    opened.close();
  }
}
