// The stream that streaming handlers write their answer to.

import { Writable } from "node:stream";

/** Marks a handler that streams, as AWS's runtime does. */
export const STREAMING = Symbol.for("aws.lambda.runtime.handler.streaming");

const HTTP_INTEGRATION = "application/vnd.awslambda.http-integration-response";
// Eight NUL bytes end the JSON in front of a body.
const SEPARATOR = Buffer.alloc(8);

/** Marks a handler as one that streams. */
export function streamifyResponse(handler, options) {
  handler[STREAMING] = "response";
  if (options?.highWaterMark !== undefined) handler[Symbol.for("aws.lambda.runtime.handler.streaming.highWaterMark")] = options.highWaterMark;
  return handler;
}

/** Puts status, headers and cookies in front of a body. */
export class HttpResponseStream {
  /** The same stream; the prelude goes out before the first byte. */
  static from(stream, prelude) {
    stream.setContentType(HTTP_INTEGRATION);
    stream.prelude = Buffer.concat([Buffer.from(JSON.stringify(prelude)), SEPARATOR]);
    return stream;
  }
}

/** The second argument of a streaming handler. The request begins with the first byte. */
export class ResponseStream extends Writable {
  #begin;
  #request = null;
  #contentType = "application/octet-stream";
  #over;
  #isAbandoned = false;
  prelude = null;

  constructor(begin) {
    super({ highWaterMark: 64 * 1024 });
    this.#begin = begin;
    this.#over = new Promise((resolve, reject) => {
      this.once("close", resolve);
      this.once("error", reject);
    });
    // Whoever does not wait for the end does not care how it was.
    this.#over.catch(() => {});
  }

  setContentType(contentType) {
    this.#contentType = contentType;
  }

  /** Whether a byte has gone out. */
  hasBegun() {
    return this.#request !== null;
  }

  /** Settles once the answer has arrived. */
  finished() {
    return this.#over;
  }

  /** Gives up without an answer. */
  abandon() {
    this.#isAbandoned = true;
    this.destroy();
  }

  /** Ends an answer that must not look complete. */
  breakOff(errorType, body) {
    this.#start();
    this.#request.addTrailers({
      "Lambda-Runtime-Function-Error-Type": errorType,
      "Lambda-Runtime-Function-Error-Body": Buffer.from(body).toString("base64"),
    });
    if (!this.writableEnded) this.end();
  }

  #start() {
    if (this.#request !== null) return;
    this.#request = this.#begin(this.#contentType);
    this.#request.on("error", (error) => this.destroy(error));
    if (this.prelude) this.#request.write(this.prelude);
  }

  _write(chunk, encoding, callback) {
    this.#start();
    const bytes = typeof chunk === "string" ? Buffer.from(chunk, encoding) : chunk;
    this.#request.write(bytes, callback);
  }

  _final(callback) {
    if (this.#isAbandoned) return callback();
    this.#start();
    this.#request.on("response", (response) => {
      response.resume();
      response.on("end", () => callback());
    });
    this.#request.end();
  }
}
