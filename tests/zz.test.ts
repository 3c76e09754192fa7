import { configureLogging } from "../src/logging.ts";
await configureLogging({ level: "info", format: "text" });
import "./database.test.ts";
