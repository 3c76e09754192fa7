import { declareLimits, HOURS } from "../../operations/limits/limit.ts";
import { wholeNumber } from "../../platform/config/values.ts";
import { variable } from "../../platform/config/variable.ts";
import { parseModalServerUrl } from "./api/modal_server_url.ts";

/** The provider's id, and its name in paths, commands and flags. */
export const MODAL = "MODAL";
export const MODAL_SLUG = "modal";

/** The kind of its flows. */
export const MODAL_TOKEN = "MODAL_TOKEN";

export const MODAL_VARIABLES = {
  MODAL_SERVER_URL: variable(
    "URL of Modal's API; `http://` disables TLS",
    "https://api.modal.com",
    (value) => parseModalServerUrl(value).url,
  ),
  MODAL_POLL_SECONDS: variable("Maximum duration of one poll at Modal", "40", wholeNumber(1, 300)),
  MODAL_MAX_ATTEMPTS: variable("Polls before a Modal flow becomes TIMED_OUT", "10", wholeNumber(1, 1_000)),
  MODAL_FLOW_MINUTES: variable("Lifetime of a Modal flow, polled or not", "60", wholeNumber(1, 24 * 60)),
};

export const MODAL_LIMITS = declareLimits({
  modalPerUser: {
    most: 100,
    seconds: HOURS,
    what: "start a Modal flow",
    variable: "LIMIT_MODAL_FLOWS_PER_USER_HOUR",
    about: "Modal flows started by one user",
  },
});
