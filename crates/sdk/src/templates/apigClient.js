/*
 * A client of {{title}}, stage {{stage}}. Generated; needs nothing but fetch and Web Crypto, so that it
 * runs in browsers and in Node 20 or later.
 *
 *   var apigClient = apigClientFactory.newClient({accessKey, secretKey, sessionToken, region, apiKey});
 *   apigClient.someMethod(params, body, {headers: {}, queryParams: {}}).then(({status, data, headers}) => ...)
 */
(function (root) {
  'use strict';

  var ENDPOINT = {{endpoint}};
  var REGION = {{region}};
  var API_KEY_HEADER = {{api_key_header}};

  // name: [verb, path, query parameters, headers, required parameters]
  var OPERATIONS = {
{{operations}}
  };

  function encode(text) {
    return encodeURIComponent(String(text)).replace(/[!'()*]/g, function (found) {
      return '%' + found.charCodeAt(0).toString(16).toUpperCase();
    });
  }

  function isGiven(value) {
    return value !== undefined && value !== null;
  }

  // Only what the caller gave, nothing that every object inherits.
  function valueOf(params, name) {
    return Object.prototype.hasOwnProperty.call(params, name) ? params[name] : undefined;
  }

  function fillPath(template, params) {
    return template.replace(/\{([^}+]+)(\+?)\}/g, function (_, name, greedy) {
      var value = isGiven(valueOf(params, name)) ? String(params[name]) : '';
      var segments = greedy ? value.split('/') : [value];
      if (value === '' || segments.some(function (segment) { return segment === '.' || segment === '..'; })) {
        throw new Error('The parameter ' + name + ' cannot be part of a path: ' + JSON.stringify(value));
      }
      return segments.map(encode).join('/');
    });
  }

  function addQuery(pairs, name, value) {
    if (Array.isArray(value)) {
      value.forEach(function (one) { addQuery(pairs, name, one); });
    } else if (isGiven(value)) {
      pairs.push([encode(name), encode(value)]);
    }
  }

  function byCodePoint(a, b) {
    return a < b ? -1 : a > b ? 1 : 0;
  }

  function writeQuery(pairs) {
    pairs.sort(function (a, b) { return byCodePoint(a[0], b[0]) || byCodePoint(a[1], b[1]); });
    return pairs.map(function (pair) { return pair[0] + '=' + pair[1]; }).join('&');
  }

  function setHeader(headers, name, value) {
    Object.keys(headers).forEach(function (have) {
      if (have.toLowerCase() === name.toLowerCase()) { delete headers[have]; }
    });
    headers[name] = String(value);
  }

  function hasHeader(headers, name) {
    return Object.keys(headers).some(function (have) { return have.toLowerCase() === name; });
  }

  function writeBody(verb, body) {
    if (!isGiven(body) || body === '') { return undefined; }
    if (typeof body !== 'string' && Object.keys(body).length === 0 && !ArrayBuffer.isView(body) &&
        !(body instanceof ArrayBuffer) && ['GET', 'HEAD', 'DELETE', 'OPTIONS'].indexOf(verb) >= 0) {
      return undefined;
    }
    if (verb === 'GET' || verb === 'HEAD') { throw new Error('A ' + verb + ' request has no body'); }
    if (typeof body === 'string') { return new TextEncoder().encode(body); }
    if (ArrayBuffer.isView(body)) { return new Uint8Array(body.buffer, body.byteOffset, body.byteLength); }
    if (body instanceof ArrayBuffer) { return new Uint8Array(body); }
    return new TextEncoder().encode(JSON.stringify(body));
  }

  function hex(buffer) {
    return Array.from(new Uint8Array(buffer), function (byte) { return (byte + 256).toString(16).slice(1); }).join('');
  }

  function bytes(value) {
    return typeof value === 'string' ? new TextEncoder().encode(value) : value;
  }

  async function sha256(value) {
    return hex(await root.crypto.subtle.digest('SHA-256', bytes(value)));
  }

  async function hmac(key, text) {
    var imported = await root.crypto.subtle.importKey('raw', bytes(key), {name: 'HMAC', hash: 'SHA-256'}, false, ['sign']);
    return new Uint8Array(await root.crypto.subtle.sign('HMAC', imported, bytes(text)));
  }

  // Signature version 4. What is signed: the host, and every header that this client sets.
  async function sign(config, verb, url, query, headers, body) {
    var stamp = new Date().toISOString().replace(/[-:]|\.\d{3}/g, '');
    var day = stamp.slice(0, 8);
    setHeader(headers, 'x-amz-date', stamp);
    if (config.sessionToken) { setHeader(headers, 'x-amz-security-token', config.sessionToken); }
    var signed = {host: url.host};
    Object.keys(headers).forEach(function (name) {
      signed[name.toLowerCase()] = headers[name].trim().replace(/\s+/g, ' ');
    });
    var names = Object.keys(signed).sort(byCodePoint);
    var path = url.pathname.replace(/\/+/g, '/').split('/').map(encode).join('/');
    var canonical = [verb, path, query]
      .concat(names.map(function (name) { return name + ':' + signed[name]; }))
      .concat(['', names.join(';'), await sha256(body || '')]).join('\n');
    var scope = [day, config.region, 'execute-api', 'aws4_request'].join('/');
    var toSign = ['AWS4-HMAC-SHA256', stamp, scope, await sha256(canonical)].join('\n');
    var key = bytes('AWS4' + config.secretKey);
    for (var part of scope.split('/')) { key = await hmac(key, part); }
    setHeader(headers, 'Authorization', 'AWS4-HMAC-SHA256 Credential=' + config.accessKey + '/' + scope +
      ', SignedHeaders=' + names.join(';') + ', Signature=' + hex(await hmac(key, toSign)));
  }

  async function read(response) {
    var headers = {};
    response.headers.forEach(function (value, name) { headers[name] = value; });
    var data = await response.text();
    if (/[/+]json\b/i.test(headers['content-type'] || '')) {
      try { data = JSON.parse(data); } catch (_) { /* the text as it is */ }
    }
    var result = {status: response.status, statusText: response.statusText, data: data, headers: headers};
    if (response.ok) { return result; }
    throw Object.assign(new Error('The request failed with status ' + response.status), result, {response: result});
  }

  async function call(config, operation, params, body, additional) {
    var verb = operation[0];
    params = params || {};
    additional = additional || {};
    operation[4].forEach(function (name) {
      if (!isGiven(valueOf(params, name))) { throw new Error('Missing required parameter ' + name); }
    });
    var query = [];
    operation[2].forEach(function (name) { addQuery(query, name, valueOf(params, name)); });
    Object.keys(additional.queryParams || {}).forEach(function (name) {
      addQuery(query, name, additional.queryParams[name]);
    });
    query = writeQuery(query);
    var headers = {};
    operation[3].forEach(function (name) {
      if (isGiven(valueOf(params, name))) { setHeader(headers, name, params[name]); }
    });
    Object.keys(additional.headers || {}).forEach(function (name) {
      if (isGiven(additional.headers[name])) { setHeader(headers, name, additional.headers[name]); }
    });
    var payload = writeBody(verb, body);
    if (!hasHeader(headers, 'accept')) { headers.Accept = config.defaultAcceptType; }
    if (payload && !hasHeader(headers, 'content-type')) { headers['Content-Type'] = config.defaultContentType; }
    if (config.apiKey) { setHeader(headers, API_KEY_HEADER, config.apiKey); }
    var url = new URL(config.endpoint.replace(/\/+$/, '') + fillPath(operation[1], params) + (query && '?' + query));
    if (config.accessKey && config.secretKey) { await sign(config, verb, url, query, headers, payload); }
    return read(await root.fetch(url.href, {method: verb, headers: headers, body: payload, redirect: 'manual'}));
  }

  var apigClientFactory = {};

  apigClientFactory.newClient = function (given) {
    var config = Object.assign({}, given);
    config.endpoint = config.endpoint || ENDPOINT;
    config.region = config.region || REGION;
    config.defaultContentType = config.defaultContentType || 'application/json';
    config.defaultAcceptType = config.defaultAcceptType || 'application/json';
    var apigClient = {};
    Object.keys(OPERATIONS).forEach(function (name) {
      apigClient[name] = function (params, body, additionalParams) {
        return call(config, OPERATIONS[name], params, body, additionalParams);
      };
    });
    return apigClient;
  };

  root.apigClientFactory = apigClientFactory;
  if (typeof module === 'object' && module.exports) { module.exports = apigClientFactory; }
})(typeof globalThis === 'object' ? globalThis : self);
