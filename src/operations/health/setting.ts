/** An environment variable of the server, as operators see it. */
export type Setting = {
  name: string;
  about: string;
  /** Whether the environment sets it. */
  isSet: boolean;
  /** The value or the default. Null for a secret, and without either. */
  value: string | null;
  isSecret: boolean;
};
