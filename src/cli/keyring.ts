import type { Config } from "../config.ts";
import { createKeyring, type Keyring } from "../platform/keys/root_key.ts";
import { type DataDir, readOrMakeRootSecret } from "./data_dir.ts";

/** Returns the root keys from the configuration or, with the embedded database, from `DATA_DIR`. */
export async function keyring(config: Config, dir: DataDir): Promise<Keyring> {
  return createKeyring(
    config.SALLYPORT_SECRET ?? await readOrMakeRootSecret(dir),
    config.SALLYPORT_SECRET_PREVIOUS,
  );
}
