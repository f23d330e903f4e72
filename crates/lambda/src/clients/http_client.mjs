// The Lambda Runtime API over one kept connection.

import http from "node:http";
import net from "node:net";

const ROOT = "/2018-06-01/runtime";
const END = Buffer.from("\r\n\r\n");

/** The Lambda Runtime API. */
export class RuntimeApi {
  #address;
  #socket = null;
  #pieces = [];
  #bytes = 0;
  // The head of the answer that is coming in.
  #answer = null;
  #pending = null;

  constructor(address) {
    this.#address = address;
  }

  /** Asks for the next event. */
  next() {
    return this.#call(`GET ${ROOT}/invocation/next HTTP/1.1\r\nhost: ${this.#address}\r\n\r\n`, null);
  }

  /** Posts a body, with the type of an error if it is one. */
  post(path, text, errorType) {
    const body = Buffer.from(text);
    const extra = errorType ? `lambda-runtime-function-error-type: ${errorType}\r\n` : "";
    const head =
      `POST ${ROOT}${path} HTTP/1.1\r\nhost: ${this.#address}\r\ncontent-type: application/json\r\n` +
      `${extra}content-length: ${body.length}\r\n\r\n`;
    return this.#call(head, body);
  }

  /** Begins a request whose body comes in pieces, on a connection of its own. */
  streaming(path) {
    const { hostname, port } = new URL(`http://${this.#address}`);
    return (contentType) =>
      http.request({
        hostname,
        port,
        path: ROOT + path,
        method: "POST",
        agent: false,
        headers: {
          "content-type": contentType,
          "lambda-runtime-function-response-mode": "streaming",
          "transfer-encoding": "chunked",
          trailer: "Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body",
        },
      });
  }

  #call(head, body) {
    const socket = (this.#socket ??= this.#connect());
    // The event loop counts the connection only while it is used: a handler's own work decides when it is empty.
    socket.ref();
    return new Promise((resolve) => {
      this.#pending = resolve;
      if (body === null || body.length === 0) {
        socket.write(head);
      } else if (body.length < 16384) {
        socket.write(Buffer.concat([Buffer.from(head, "latin1"), body]));
      } else {
        socket.cork();
        socket.write(head);
        socket.write(body);
        socket.uncork();
      }
    });
  }

  #connect() {
    const at = this.#address.lastIndexOf(":");
    const socket = net.connect({ host: this.#address.slice(0, at), port: Number(this.#address.slice(at + 1)), noDelay: true });
    socket.on("data", (piece) => this.#take(piece));
    // The host is gone, or ends this process.
    socket.on("error", () => process.exit(0));
    socket.on("close", () => {
      if (this.#pending) process.exit(0);
      this.#socket = null;
    });
    return socket;
  }

  #take(piece) {
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    if (this.#answer === null) {
      const all = this.#whole();
      const end = all.indexOf(END);
      if (end < 0) return;
      const [first, ...lines] = all.toString("latin1", 0, end).split("\r\n");
      const headers = {};
      for (const line of lines) {
        const colon = line.indexOf(":");
        headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
      }
      const from = end + END.length;
      this.#answer = { status: Number(first.split(" ")[1]), headers, from, to: from + Number(headers["content-length"] ?? 0) };
    }
    const { status, headers, from, to } = this.#answer;
    if (this.#bytes < to) return;
    const body = this.#whole().toString("utf8", from, to);
    // Nothing comes that was not asked for.
    this.#pieces = [];
    this.#bytes = 0;
    this.#answer = null;
    this.#socket.unref();
    const resolve = this.#pending;
    this.#pending = null;
    resolve?.({ status, headers, body });
  }

  /** What has come, as one piece. */
  #whole() {
    if (this.#pieces.length > 1) this.#pieces = [Buffer.concat(this.#pieces)];
    return this.#pieces[0];
  }
}
