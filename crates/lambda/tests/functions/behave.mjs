// Does what its event says, in every style of handler.

export const handler = async (event) => {
  switch (event.do) {
    case "throw": {
      const error = new TypeError("no pets");
      throw error;
    }
    case "throw-text":
      throw "plain text";
    case "uncaught":
      setTimeout(() => {
        throw new RangeError("nobody catches this");
      }, 1);
      return new Promise((resolve) => setTimeout(resolve, 2000));
    case "exit":
      process.exit(event.code);
      break;
    case "circular": {
      const circle = {};
      circle.self = circle;
      return circle;
    }
    case "large":
      return "x".repeat(event.bytes);
    case "never":
      return new Promise(() => {});
    case "undefined":
      return undefined;
  }
};

export const callback = (event, context, done) => {
  if (event.fail) return done(new Error("called back"));
  context.callbackWaitsForEmptyEventLoop = event.waits ?? true;
  setTimeout(() => process.stdout.write("late\n"), 50);
  done(null, { waited: context.callbackWaitsForEmptyEventLoop });
};

export const succeed = (event, context) => context.succeed("through context");

export const nothing = () => {};

export const nested = { deep: { handler: async () => "deep" } };
