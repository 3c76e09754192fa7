import type { FunctionComponent } from "react";
import { AttackScreen } from "./screens/attack.tsx";
import { ConfigScreen } from "./screens/config.tsx";
import { EventsScreen } from "./screens/events.tsx";
import { FlowsScreen } from "./screens/flows.tsx";
import { HealthScreen } from "./screens/health.tsx";
import { KeysScreen } from "./screens/keys.tsx";
import { MailScreen } from "./screens/mail.tsx";
import { OperatorsScreen } from "./screens/operators.tsx";
import { SessionsScreen } from "./screens/sessions.tsx";
import { TokensScreen } from "./screens/tokens.tsx";
import { UsersScreen } from "./screens/users.tsx";
import { WhyScreen } from "./screens/why.tsx";
import type { Place } from "./places.ts";
import type { ScreenName } from "./terminal.ts";

export type ScreenProps = { place: Place; width: number; height: number };

export const SCREEN_VIEWS: Record<ScreenName, FunctionComponent<ScreenProps>> = {
  flows: FlowsScreen,
  tokens: TokensScreen,
  users: UsersScreen,
  sessions: SessionsScreen,
  events: EventsScreen,
  mail: MailScreen,
  health: HealthScreen,
  why: WhyScreen,
  attack: AttackScreen,
  operators: OperatorsScreen,
  keys: KeysScreen,
  config: ConfigScreen,
};
