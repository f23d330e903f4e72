// The console in the form of AWS's runtime: time, request id, level and message, separated by tabs.

import { format } from "node:util";

/** What lines tell about the invocation that runs. */
export const logContext = { requestId: undefined };

const LEVELS = { log: "INFO", info: "INFO", warn: "WARN", error: "ERROR", debug: "DEBUG", trace: "TRACE" };

/** Replaces the methods of the console. */
export function patchConsole() {
  for (const [method, level] of Object.entries(LEVELS)) {
    console[method] = (...values) => {
      const line = [new Date().toISOString(), logContext.requestId, level, format(...values)].join("\t");
      process.stdout.write(`${line}\n`);
    };
  }
}
