// The runtime client of nodejs*: gets events from the Lambda Runtime API, calls the handler, returns what it answers.
//
// It uses Node's own modules only and speaks HTTP/1.1 over one kept connection.

import { patchConsole, logContext } from "./console.mjs";
import { load, RuntimeError } from "./handler.mjs";
import { RuntimeApi } from "./http_client.mjs";
import { HttpResponseStream, ResponseStream, STREAMING, streamifyResponse } from "./response_stream.mjs";

const api = new RuntimeApi(process.env.AWS_LAMBDA_RUNTIME_API);
// The invocation that runs, to be ended by whatever happens to the process.
let running = null;

globalThis.awslambda = { streamifyResponse, HttpResponseStream };

/** The body of an error. */
function errorBody(error) {
  const isError = error instanceof Error;
  const errorType = (isError ? error.name : typeof error) || "Error";
  const errorMessage = isError ? error.message : typeof error === "string" ? error : JSON.stringify(error) ?? String(error);
  return { errorType, errorMessage, trace: isError ? String(error.stack ?? "").split("\n") : [] };
}

/** The type of an error as a header. */
function errorHeader(errorType) {
  const name = errorType.replace(/[^\x21-\x7e]/g, "").slice(0, 100);
  return name.startsWith("Runtime.") ? name : `Runtime.${name || "Unknown"}`;
}

/** The second argument of a handler. */
function contextOf(headers) {
  const deadline = Number(headers["lambda-runtime-deadline-ms"]);
  const given = (name) => (headers[name] ? JSON.parse(Buffer.from(headers[name], "latin1").toString()) : undefined);
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: given("lambda-runtime-client-context"),
    identity: given("lambda-runtime-cognito-identity"),
    invokedFunctionArn: headers["lambda-runtime-invoked-function-arn"],
    awsRequestId: headers["lambda-runtime-aws-request-id"],
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
}

/** Settles with the first result of a handler: its promise, or its callback. */
function call(handler, event, context) {
  return new Promise((resolve, reject) => {
    running.giveUp = () => resolve(null);
    const callback = (error, result) => {
      const settle = () => (error === null || error === undefined ? resolve(result) : reject(error));
      if (context.callbackWaitsForEmptyEventLoop) running.giveUp = settle;
      else settle();
    };
    context.done = callback;
    context.succeed = (result) => callback(null, result);
    context.fail = (error) => callback(error ?? new Error("Function failed"));
    const result = handler(event, context, callback);
    if (typeof result?.then === "function") result.then(resolve, reject);
  });
}

/** Serves an event of a handler that answers as a whole. */
async function serveWhole(handler, event, context, id) {
  let body;
  try {
    const result = await call(handler, event, context);
    try {
      body = JSON.stringify(result === undefined ? null : result);
    } catch {
      throw new RuntimeError("Runtime.MarshalError", "Unable to stringify response body");
    }
    // A function or a symbol.
    body ??= "null";
  } catch (error) {
    return report(error, id);
  }
  const { status, body: refusal } = await api.post(`/invocation/${id}/response`, body);
  if (status === 413) process.stdout.write(`[ERROR] [Runtime.ResponseSizeTooLarge] ${refusal}\n`);
}

/** Serves an event of a handler that streams. */
async function serveStream(handler, event, context, id) {
  const stream = new ResponseStream(api.streaming(`/invocation/${id}/response`));
  const gaveUp = new Promise((resolve) => {
    running.giveUp = () => {
      stream.end();
      resolve(stream.finished());
    };
  });
  try {
    // A stream that the host cut off ends the invocation, whatever the handler still waits for.
    const handled = (async () => handler(event, stream, context))();
    await Promise.race([Promise.all([handled, stream.finished()]), gaveUp]);
  } catch (error) {
    if (!stream.hasBegun()) {
      stream.abandon();
      return report(error, id);
    }
    console.error("Invoke Error", error);
    if (stream.destroyed) return;
    const { errorType, errorMessage, trace } = errorBody(error);
    stream.breakOff(errorHeader(errorType), JSON.stringify({ errorType, errorMessage, trace }));
    await stream.finished().catch(() => {});
  }
}

/** Reports an error of a handler. */
async function report(error, id) {
  const body = errorBody(error);
  console.error("Invoke Error", "\t", JSON.stringify({ ...body, stack: body.trace, trace: undefined }));
  await api.post(`/invocation/${id}/error`, JSON.stringify(body), errorHeader(body.errorType));
}

/** Ends the process after an error that nobody caught. */
async function die(errorType, error, code) {
  const body = { ...errorBody(error), errorType };
  console.error(errorType, "\t", JSON.stringify(body));
  try {
    const path = running ? `/invocation/${running.id}/error` : "/init/error";
    await api.post(path, JSON.stringify(body), errorHeader(errorType));
  } finally {
    process.exit(code);
  }
}

process.on("uncaughtException", (error) => die(error?.name ?? "Error", error, 129));
process.on("unhandledRejection", (reason) => {
  die("Runtime.UnhandledPromiseRejection", reason instanceof Error ? new Error(reason.toString()) : reason, 128);
});
// The event loop is empty: whoever waited for that may go on, and a handler that never answers has answered null.
process.on("beforeExit", () => {
  const giveUp = running?.giveUp;
  if (giveUp) {
    running.giveUp = null;
    giveUp();
    // Keeps the process until the answer is on its way.
    setImmediate(() => {});
  }
});

async function main() {
  patchConsole();
  let handler;
  try {
    handler = await load(process.env.LAMBDA_TASK_ROOT, process.env._HANDLER);
  } catch (error) {
    const body = errorBody(error);
    console.error("Uncaught Exception", "\t", JSON.stringify(body));
    await api.post("/init/error", JSON.stringify(body), errorHeader(body.errorType));
    process.exit(1);
  }
  const isStreaming = handler[STREAMING] !== undefined;
  for (;;) {
    const { status, headers, body } = await api.next();
    if (status !== 200) process.exit(1);
    const id = headers["lambda-runtime-aws-request-id"];
    running = { id, giveUp: null };
    logContext.requestId = id;
    if (headers["lambda-runtime-trace-id"]) process.env._X_AMZN_TRACE_ID = headers["lambda-runtime-trace-id"];
    else delete process.env._X_AMZN_TRACE_ID;
    const serve = isStreaming ? serveStream : serveWhole;
    await serve(handler, JSON.parse(body), contextOf(headers), id);
    running = null;
  }
}

main();
