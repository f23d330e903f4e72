// Finding the handler: a module of the package, CommonJS or ESM, and a name in it.

import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

/** An error with a type of the Lambda runtime. */
export class RuntimeError extends Error {
  constructor(name, message, cause) {
    super(message);
    this.name = name;
    if (cause?.stack) this.stack = `${name}: ${message}\n${cause.stack.split("\n").slice(1).join("\n")}`;
  }
}

/** Loads `folder/module.name.of.handler` of a package. */
export async function load(root, handler) {
  const slash = handler.lastIndexOf("/") + 1;
  const dot = handler.indexOf(".", slash);
  if (dot <= slash || dot === handler.length - 1) {
    throw new RuntimeError("Runtime.MalformedHandlerName", "Bad handler");
  }
  const moduleName = handler.slice(0, dot);
  const names = handler.slice(dot + 1).split(".");
  const module = await importModule(root, moduleName);
  let found = module;
  for (const name of names) found = found?.[name];
  if (found === undefined && module.default) {
    found = module.default;
    for (const name of names) found = found?.[name];
  }
  if (found === undefined) throw new RuntimeError("Runtime.HandlerNotFound", `${handler} is undefined or not exported`);
  if (typeof found !== "function") throw new RuntimeError("Runtime.HandlerNotFound", `${handler} is not a function`);
  return found;
}

async function importModule(root, name) {
  const base = path.resolve(root, name);
  if (!base.startsWith(path.resolve(root) + path.sep)) {
    throw new RuntimeError("Runtime.MalformedHandlerName", `'${name}' lies outside the package`);
  }
  const isFile = (file) => fs.statSync(file, { throwIfNoEntry: false })?.isFile();
  const file = ["", ".js", ".mjs", ".cjs"].map((end) => base + end).find(isFile);
  try {
    if (file === undefined) {
      // A folder with an index, or a dependency.
      const require = createRequire(path.join(root, "package.json"));
      return require(fs.existsSync(base) ? base : name);
    }
    if (isCommonJs(root, file)) return createRequire(file)(file);
    return await import(pathToFileURL(file).href);
  } catch (error) {
    throw translated(error, name);
  }
}

/** Whether a file is CommonJS, by its ending or the next package.json. */
function isCommonJs(root, file) {
  if (file.endsWith(".mjs")) return false;
  if (!file.endsWith(".js")) return true;
  for (let folder = path.dirname(file); folder.startsWith(root); folder = path.dirname(folder)) {
    const manifest = path.join(folder, "package.json");
    if (fs.existsSync(manifest)) return JSON.parse(fs.readFileSync(manifest, "utf8")).type !== "module";
    if (path.dirname(folder) === folder) break;
  }
  return true;
}

function translated(error, name) {
  if (error instanceof SyntaxError) return new RuntimeError("Runtime.UserCodeSyntaxError", String(error), error);
  if (error?.code === "MODULE_NOT_FOUND" || error?.code === "ERR_MODULE_NOT_FOUND") {
    const what = String(error.message).split("\n")[0];
    const message = what.includes(`'${name}'`) ? `Error: Cannot find module '${name}'` : `Error: ${error.message}`;
    return new RuntimeError("Runtime.ImportModuleError", message, error);
  }
  return error;
}
