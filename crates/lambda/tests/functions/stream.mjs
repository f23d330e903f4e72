// Streams what its event says.

import { pipeline } from "node:stream/promises";
import { Readable } from "node:stream";

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export const handler = awslambda.streamifyResponse(async (event, stream) => {
  if (event.fail === "before") throw new TypeError("before a byte");
  if (event.http) {
    stream = awslambda.HttpResponseStream.from(stream, { statusCode: 201, headers: { "x-pets": "1" } });
  } else {
    stream.setContentType("text/plain");
  }
  for (let piece = 0; piece < (event.pieces ?? 3); piece += 1) {
    stream.write(`piece ${piece}\n`);
    await wait(event.ms ?? 20);
    if (event.fail === "between" && piece === 1) throw new TypeError("between pieces");
    if (event.exit && piece === 1) process.exit(7);
  }
  if (event.bytes) {
    for (let sent = 0; sent < event.bytes; sent += 65536) {
      if (!stream.write(Buffer.alloc(65536, "x"))) await new Promise((resolve) => stream.once("drain", resolve));
    }
  }
  stream.end();
});

export const piped = awslambda.streamifyResponse(async (event, stream) => {
  await pipeline(Readable.from(event), stream);
});

// Ends its stream and never settles.
export const unsettled = awslambda.streamifyResponse(async (event, stream) => {
  stream.write("all");
  stream.end();
  await new Promise(() => {});
});
