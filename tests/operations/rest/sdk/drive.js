// Calls methods of a generated client: reads {client, where, config, calls} as JSON, writes what each call came to.
'use strict';

const dns = require('node:dns');
const fs = require('node:fs');
const vm = require('node:vm');

// Not every system resolves names below localhost.
const lookup = dns.lookup;
dns.lookup = (host, ...rest) => lookup(host.endsWith('.localhost') ? '127.0.0.1' : host, ...rest);

// Node 18 keeps it elsewhere.
globalThis.crypto ??= require('node:crypto').webcrypto;

const given = JSON.parse(fs.readFileSync(0, 'utf8'));
let sent;

const sendIt = globalThis.fetch;

function recordingFetch(url, options) {
  const body = options.body === undefined ? null : Buffer.from(options.body).toString();
  sent = {method: options.method, url, headers: {...options.headers}, body};
  return sendIt(url, options);
}

// What is not Node has neither `require` nor `module` nor `Buffer` nor `process`.
function load() {
  if (given.where === 'node') {
    globalThis.fetch = recordingFetch;
    return require(given.client);
  }
  const page = vm.createContext({crypto, TextEncoder, URL, fetch: recordingFetch, Uint8Array, ArrayBuffer});
  vm.runInContext(fs.readFileSync(given.client, 'utf8'), page);
  return page.apigClientFactory;
}

async function main() {
  const factory = load();
  const client = factory.newClient(given.config);
  const results = [];
  for (const [name, ...args] of given.calls) {
    sent = null;
    const result = await client[name](...args).catch((error) => ({
      error: error.message, status: error.status, data: error.data, headers: error.headers,
    }));
    results.push({...result, sent});
  }
  process.stdout.write(JSON.stringify(results));
}

main();
