// Answers, raises or exits, as its event says.

exports.handler = async (event, context) => {
  if (event.fate === "exit") process.exit(1);
  if (event.fate === "raise") throw new Error(`${event.caller} ${event.call}`);
  const { caller, call } = event;
  return { caller, call, function: context.functionName, id: context.awsRequestId };
};
