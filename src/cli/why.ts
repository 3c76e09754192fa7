import { graphql, type ResultOf } from "../client/operator/graphql.ts";
import { connect } from "./access.ts";
import { table } from "./command.ts";
import { print } from "./print.ts";

const Diagnose = graphql(`
  query Diagnose($identifier: String!) {
    diagnose(identifier: $identifier) {
      subject
      user { id username email isGuest disabled }
      findings { code cause cure since until events { id at type ipAddress requestId } }
      timeline(last: 15) { nodes { id at type actor ipAddress requestId data } }
    }
  }
`);

type Diagnosis = ResultOf<typeof Diagnose>["diagnose"];

/** `why`: prints why someone cannot sign in, and what to do about it. */
export async function why(identifier: string, { json = false }: { json?: boolean }): Promise<void> {
  const client = await connect();
  const { diagnose } = await client.request(Diagnose, { identifier });
  if (json) print(...JSON.stringify(diagnose, null, 2).split("\n"));
  else print(...told(diagnose));
}

function told({ subject, user, findings, timeline }: Diagnosis): string[] {
  const head = [subject, user ? `user ${user.id}` : "no account"].join(" · ");
  const causes = findings.length === 0
    ? ["Nothing is wrong, as far as the server knows"]
    : findings.flatMap(toldFinding);
  const story = timeline.nodes.map(({ at, type, actor, ipAddress, data }) => [
    at,
    type,
    ipAddress ?? actor,
    reasonOf(data),
  ]);
  return [head, "", ...causes, "", ...(story.length > 0 ? table(story) : ["No events"])];
}

function toldFinding({ code, cause, cure, since, until }: Diagnosis["findings"][number], index: number) {
  const times = [since && `since ${since}`, until && `until ${until}`].filter((time) => time !== null);
  return [`${index + 1}. ${code} ${times.join(" ")}`.trimEnd(), `   ${cause}.`, `   ${cure}.`];
}

function reasonOf(data: unknown): string {
  const { reason, code } = data as { reason?: unknown; code?: unknown };
  return String(reason ?? code ?? "");
}
