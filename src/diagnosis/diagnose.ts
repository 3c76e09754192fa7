import type { User } from "../accounts/users/users.ts";
import type { EventFilter, Subject } from "../events/event_filter.ts";
import { collectFacts, type DiagnosisServices } from "./collect.ts";
import type { Facts, Finding, Rule } from "./facts.ts";
import { type About, findAbout } from "./subject.ts";

/** The causes that the server found for a subject, and the events about it. */
export type Diagnosis = {
  /** The subject, as the server understood the identifier. */
  subject: string;
  user: User | undefined;
  /** The most likely cause first. */
  findings: Finding[];
  /** Selects the events of the timeline. */
  timeline: EventFilter;
};

/** Collects the facts about a subject and finds causes with `rules`. Throws `InvalidInput`. */
export async function diagnose(
  services: DiagnosisServices,
  rules: readonly Rule[],
  identifier: string,
): Promise<Diagnosis> {
  const about = await findAbout(services, identifier);
  const facts = await collectFacts(services, about);
  return {
    subject: nameOf(about),
    user: facts.user,
    findings: findCauses(rules, facts),
    timeline: timelineOf(about, facts),
  };
}

function timelineOf({ subjects, shown = [] }: About, { flows }: Facts): EventFilter {
  const ofFlows = flows.map(({ id }): Subject => ({ field: "flowId", value: id }));
  return { subjects: [...subjects, ...shown, ...ofFlows] };
}

function nameOf({ asked, name }: About): string {
  const named = name ? [`${name.kind === "email" ? "e-mail address" : "username"} ${name.typed}`] : [];
  switch (asked.kind) {
    case "name":
      return named.join();
    case "address":
      return [`client address ${asked.ipAddress}`, ...named].join(" and ");
    default:
      return [`${asked.kind} ${asked.id}`, ...named].join(" and ");
  }
}

/**
 * Applies all rules. Causes that block everything else come first, in the order of the rules; then the causes with the
 * newest proof.
 */
export function findCauses(rules: readonly Rule[], facts: Facts): Finding[] {
  const found = rules.flatMap(({ code, find }) => {
    const cause = find(facts);
    return cause ? [{ ...cause, code }] : [];
  });
  const [blocking, others] = [found.filter(({ blocks }) => blocks), found.filter(({ blocks }) => !blocks)];
  return [...blocking, ...others.toSorted((one, other) => newestOf(other) - newestOf(one))];
}

function newestOf({ events = [], since }: Finding): number {
  return (events.at(-1)?.at ?? since)?.getTime() ?? 0;
}
