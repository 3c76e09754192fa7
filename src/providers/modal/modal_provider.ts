import type { EventLog } from "../../events/event_log.ts";
import { type Check, onceAMinute } from "../../operations/health/server.ts";
import type { Values } from "../../platform/config/variable.ts";
import type { Rule } from "../../diagnosis/facts.ts";
import type { HasPublicUrl } from "../../lib/public_url.ts";
import type { Provider, ProviderAdapter } from "../../vault/provider.ts";
import type { ModalApi } from "./api/modal_api.ts";
import { explained, type ModalStatus, modalStatus } from "./api/modal_status.ts";
import type { ModalServices } from "./connect/token_flow.ts";
import { createModalWaiter } from "./connect/waiter.ts";
import { modalConnectUrl, revokeModalCredential } from "./credential/modal_credential.ts";
import { recheckModalCredentials } from "./credential/recheck_modal.ts";
import { MODAL_RULES } from "./modal_rules.ts";
import { MODAL, MODAL_LIMITS, MODAL_SLUG, MODAL_TOKEN, MODAL_VARIABLES } from "./modal_terms.ts";

/** The parts of Modal that tests can replace. */
type ModalOverrides = { modal?: ModalApi };

type ModalConfig = Values<typeof MODAL_VARIABLES>;

const NAMES = { id: MODAL, label: "Modal", slug: MODAL_SLUG } as const;

/**
 * The Modal provider. The user approves a flow on its page. Its tokens do not expire, and only their owner can revoke
 * them.
 */
export const modal = {
  ...NAMES,
  variables: MODAL_VARIABLES,
  limits: MODAL_LIMITS,
  flow: { kind: MODAL_TOKEN },
  secretShape: "{ tokenId, tokenSecret }",
  rules: MODAL_RULES,
  noConnectUrl: "Null for Modal credentials of operators",
  connect: async (config: ModalConfig, { now, modal: given }: ModalOverrides & { now: () => Date }) => {
    const modal = given ?? await clientOf(config);
    return {
      modal,
      modalWait: {
        pollSeconds: config.MODAL_POLL_SECONDS,
        maxAttempts: config.MODAL_MAX_ATTEMPTS,
        flowLifetimeSeconds: config.MODAL_FLOW_MINUTES * 60,
      },
      modalServerUrl: config.MODAL_SERVER_URL,
      /** Modal's status, checked at most once a minute by this instance. */
      modalStatus: onceAMinute(() => modalStatus(modal), now),
    };
  },
  start: startModal,
  examine: async (config: ModalConfig) => {
    const modal = await clientOf(config);
    try {
      const check = await modalCheck(() => modalStatus(modal));
      return { ...check, message: `${check.message} (${config.MODAL_SERVER_URL})` };
    } finally {
      modal.close();
    }
  },
} as const satisfies Provider & { rules: readonly Rule[] };

/** Loads gRPC only when a client is needed, so that other commands start faster. */
async function clientOf({ MODAL_SERVER_URL: serverUrl }: ModalConfig): Promise<ModalApi> {
  const { createModalClient } = await import("./api/modal_client.ts");
  return createModalClient({ serverUrl });
}

type StartServices =
  & Omit<ModalServices, "beginWait">
  & HasPublicUrl
  & { eventLog: EventLog; modalStatus: () => Promise<ModalStatus> };

function startModal(services: StartServices) {
  const waiter = createModalWaiter(services, services.eventLog);
  return {
    ...NAMES,
    check: () => modalCheck(services.modalStatus),
    recheck: () => recheckModalCredentials(services),
    connectUrl: (credential) => modalConnectUrl(services, credential),
    revoke: (caller, id) => revokeModalCredential(services, caller, id),
    waiting: () => waiter.waiting,
    takeOver: () => waiter.takeOver(),
    services: { beginWait: waiter.begin },
    close: () => {
      // Closes before the waiter, so that its polls fail at once instead of timing out.
      services.modal.close();
      return waiter.close();
    },
  } satisfies ProviderAdapter;
}

async function modalCheck(status: () => Promise<ModalStatus>): Promise<Check> {
  const { reached, error } = await status();
  return reached
    ? { name: "Modal", ok: true, message: `Answers in ${Math.round(reached.latencyMs)} ms` }
    : { name: "Modal", ok: false, message: explained(error) };
}
