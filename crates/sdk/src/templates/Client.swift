// A client of {{title}}, stage {{stage}}. Generated.

import CryptoKit
import Foundation

/// Each method takes its parameters of path, query and headers by name, a body, and further headers. A parameter of the
/// query may be an array. A body is a `String`, `Data`, or what `JSONSerialization` writes. Requests are signed if the
/// client has credentials.
public final class {{class}}: Sendable {
    /// What a client knows.
    public struct Configuration: Sendable {
        /// Where the stage is.
        public var endpoint = {{endpoint}}
        /// The region that requests are signed for.
        public var region = {{region}}
        public var accessKey: String?
        public var secretKey: String?
        /// Of temporary credentials.
        public var sessionToken: String?
        /// Goes along with every request.
        public var apiKey: String?

        public init() {}
    }

    /// An answer, whatever its status.
    public struct Response: Sendable {
        public let status: Int
        /// The headers, by their names in small letters.
        public let headers: [String: String]
        public let body: Data

        /// The body as text, nil if it is not UTF-8.
        public var text: String? {
            String(data: body, encoding: .utf8)
        }

        /// What the body says in JSON.
        public func json() throws -> Any {
            try JSONSerialization.jsonObject(with: body, options: .fragmentsAllowed)
        }
    }

    /// Why a request cannot be sent.
    public struct Refusal: LocalizedError, Sendable {
        public let errorDescription: String?

        fileprivate init(_ message: String) {
            errorDescription = message
        }
    }

    /// Redirects are answers like any other.
    private final class Redirects: NSObject, URLSessionTaskDelegate {
        func urlSession(
            _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
            newRequest request: URLRequest, completionHandler: @escaping (URLRequest?) -> Void
        ) {
            completionHandler(nil)
        }
    }

    private struct Operation {
        let verb: String
        let path: String
        let query: [String]
        let headers: [String]
        let required: [String]
    }

    private static let session = URLSession(configuration: .ephemeral, delegate: Redirects(), delegateQueue: nil)

    private let configuration: Configuration

    public init(_ configuration: Configuration = Configuration()) {
        self.configuration = configuration
    }

{{operations}}

    private func call(
        _ operation: Operation, _ params: [String: Any], _ body: Any?, _ headers: [String: String]
    ) async throws -> Response {
        let request = try write(operation, params, body, headers)
        return try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Response, Error>) in
            let task = {{class}}.session.dataTask(with: request) { data, answer, error in
                guard let head = answer as? HTTPURLResponse else {
                    continuation.resume(throwing: error ?? URLError(.badServerResponse))
                    return
                }
                var found: [String: String] = [:]
                for (name, value) in head.allHeaderFields {
                    found[String(describing: name).lowercased()] = String(describing: value)
                }
                let response = Response(status: head.statusCode, headers: found, body: data ?? Data())
                continuation.resume(returning: response)
            }
            task.resume()
        }
    }

    private func write(
        _ operation: Operation, _ params: [String: Any], _ body: Any?, _ more: [String: String]
    ) throws -> URLRequest {
        for name in operation.required where !Wire.isGiven(params[name]) {
            throw Refusal("Missing required parameter \(name)")
        }
        let path = try Wire.fillPath(operation.path, params)
        let payload = try Wire.writeBody(operation.verb, body)
        var headers = try collect(operation.headers, params, more, hasBody: payload != nil)
        let query = Wire.writeQuery(operation.query, params)
        var base = configuration.endpoint
        while base.hasSuffix("/") {
            base.removeLast()
        }
        base += path
        guard let url = URL(string: query.isEmpty ? base : "\(base)?\(query)"), url.host != nil else {
            throw Refusal("The endpoint is no URL: \(configuration.endpoint)")
        }
        if let access = configuration.accessKey, let secret = configuration.secretKey {
            let canonical = [operation.verb, Wire.canonicalPath(base), query]
            sign(canonical, url, &headers, payload ?? Data(), access, secret)
        }
        var request = URLRequest(url: url)
        request.httpMethod = operation.verb
        request.httpBody = payload
        for (name, value) in headers {
            request.setValue(value, forHTTPHeaderField: name)
        }
        return request
    }

    private func collect(
        _ names: [String], _ params: [String: Any], _ more: [String: String], hasBody: Bool
    ) throws -> [String: String] {
        var headers = ["accept": "application/json"]
        if hasBody {
            headers["content-type"] = "application/json"
        }
        for name in names {
            if let value = params[name], Wire.isGiven(value) {
                headers[name.lowercased()] = String(describing: value)
            }
        }
        for (name, value) in more {
            headers[name.lowercased()] = value
        }
        if let key = configuration.apiKey {
            headers[{{api_key_header}}] = key
        }
        for (name, value) in headers where value.unicodeScalars.contains(where: { $0 == "\r" || $0 == "\n" }) {
            throw Refusal("The header \(name) has a line end")
        }
        return headers
    }

    /// Signature version 4, over the host and every header that this client sets.
    private func sign(
        _ start: [String], _ url: URL, _ headers: inout [String: String], _ body: Data, _ access: String, _ secret: String
    ) {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(secondsFromGMT: 0)
        formatter.dateFormat = "yyyyMMdd'T'HHmmss'Z'"
        let stamp = formatter.string(from: Date())
        headers["x-amz-date"] = stamp
        if let token = configuration.sessionToken {
            headers["x-amz-security-token"] = token
        }
        var signed = headers
        let usual = url.scheme == "http" ? 80 : 443
        let port = url.port ?? usual
        let host = url.host ?? ""
        signed["host"] = port == usual ? host : "\(host):\(port)"
        let names = signed.keys.sorted()
        let lines = names.map { name -> String in
            let words = (signed[name] ?? "").split(whereSeparator: { $0 == " " || $0 == "\t" })
            return "\(name):\(words.joined(separator: " "))"
        }
        let list = names.joined(separator: ";")
        let canonical = (start + lines + ["", list, Wire.sha256(body)]).joined(separator: "\n")
        let parts = [String(stamp.prefix(8)), configuration.region, "execute-api", "aws4_request"]
        let scope = parts.joined(separator: "/")
        let toSign = ["AWS4-HMAC-SHA256", stamp, scope, Wire.sha256(Data(canonical.utf8))].joined(separator: "\n")
        let key = parts.reduce(Data("AWS4\(secret)".utf8)) { Wire.hmac($0, $1) }
        headers["authorization"] = "AWS4-HMAC-SHA256 Credential=\(access)/\(scope), "
            + "SignedHeaders=\(list), Signature=\(Wire.hex(Wire.hmac(key, toSign)))"
    }
}

/// How a request is written.
private enum Wire {
    static func isGiven(_ value: Any?) -> Bool {
        guard let value = value else {
            return false
        }
        return !(value is NSNull)
    }

    static func encode(_ text: String) -> String {
        let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~".utf8)
        return text.utf8.map { byte -> String in
            plain.contains(byte) ? String(Character(UnicodeScalar(byte))) : String(format: "%%%02X", byte)
        }.joined()
    }

    static func fillPath(_ template: String, _ params: [String: Any]) throws -> String {
        let parts = try template.components(separatedBy: "/").map { part -> String in
            guard part.hasPrefix("{") else {
                return part
            }
            let isGreedy = part.hasSuffix("+}")
            let name = String(part.dropFirst().dropLast(isGreedy ? 2 : 1))
            let value = params[name].map { String(describing: $0) } ?? ""
            let segments = isGreedy ? value.components(separatedBy: "/") : [value]
            if value.isEmpty || segments.contains(".") || segments.contains("..") {
                throw {{class}}.Refusal("The parameter \(name) cannot be part of a path: \(value)")
            }
            return segments.map(encode).joined(separator: "/")
        }
        return parts.joined(separator: "/")
    }

    static func writeQuery(_ names: [String], _ params: [String: Any]) -> String {
        var pairs: [(String, String)] = []
        for name in names {
            guard let value = params[name] else {
                continue
            }
            for one in (value as? [Any]) ?? [value] where isGiven(one) {
                pairs.append((encode(name), encode(String(describing: one))))
            }
        }
        return pairs.sorted { $0 < $1 }.map { "\($0.0)=\($0.1)" }.joined(separator: "&")
    }

    static func writeBody(_ verb: String, _ body: Any?) throws -> Data? {
        guard let body = body, isGiven(body), (body as? String) != "" else {
            return nil
        }
        if verb == "GET" || verb == "HEAD" {
            throw {{class}}.Refusal("A \(verb) request has no body")
        }
        if let data = body as? Data {
            return data
        }
        if let text = body as? String {
            return Data(text.utf8)
        }
        guard JSONSerialization.isValidJSONObject(body) else {
            throw {{class}}.Refusal("The body cannot be written as JSON")
        }
        return try JSONSerialization.data(withJSONObject: body)
    }

    /// The path of a URL as it is signed: what is encoded is encoded once more.
    static func canonicalPath(_ url: String) -> String {
        let rest = url.components(separatedBy: "://").dropFirst().joined(separator: "://")
        let path = rest.firstIndex(of: "/").map { String(rest[$0...]) } ?? "/"
        let segments = path.split(separator: "/").map { encode(String($0)) }
        let end = path.hasSuffix("/") && !segments.isEmpty ? "/" : ""
        return "/\(segments.joined(separator: "/"))\(end)"
    }

    static func sha256(_ data: Data) -> String {
        hex(Data(SHA256.hash(data: data)))
    }

    static func hmac(_ key: Data, _ text: String) -> Data {
        Data(HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: SymmetricKey(data: key)))
    }

    static func hex(_ data: Data) -> String {
        data.map { String(format: "%02x", $0) }.joined()
    }
}
