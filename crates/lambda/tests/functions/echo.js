// Answers with its event and what it knows of its invocation.

let count = 0;

exports.handler = async (event, context) => {
  count += 1;
  console.log("echoing", event.word ?? "nothing");
  return {
    event,
    count,
    pid: process.pid,
    requestId: context.awsRequestId,
    arn: context.invokedFunctionArn,
    remaining: context.getRemainingTimeInMillis(),
    trace: process.env._X_AMZN_TRACE_ID ?? null,
    client: context.clientContext ?? null,
  };
};
