import { declareLimits, HOURS } from "../../operations/limits/limit.ts";

export const MODAL_LIMITS = declareLimits({
  modalPerUser: {
    most: 100,
    seconds: HOURS,
    what: "start a Modal flow",
    variable: "LIMIT_MODAL_FLOWS_PER_USER_HOUR",
    about: "Modal flows started by one user",
  },
});
