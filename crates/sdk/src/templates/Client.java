package {{package}};

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.text.SimpleDateFormat;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Date;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TimeZone;
import java.util.TreeMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * A client of {{title}}, stage {{stage}}. Generated. Safe to use from several threads.
 *
 * <p>Each method takes its parameters of path, query and headers by name, a body or null, and further headers or null.
 * A parameter of the query may be a list. Requests are signed if the client has credentials.
 */
public final class {{class}} {
    private static final String ENDPOINT = {{endpoint}};
    private static final String REGION = {{region}};
    private static final String API_KEY_HEADER = {{api_key_header}};

    private final Builder config;

    private {{class}}(Builder config) {
        this.config = config;
    }

    /** How a client is made. */
    public static Builder builder() {
        return new Builder();
    }

    /** What a client knows. */
    public static final class Builder {
        private String endpoint = ENDPOINT;
        private String region = REGION;
        private String accessKey;
        private String secretKey;
        private String sessionToken;
        private String apiKey;

        private Builder() {
        }

        /** Where the stage is, if not where it was when this was generated. */
        public Builder endpoint(String value) {
            endpoint = value;
            return this;
        }

        /** The region that requests are signed for. */
        public Builder region(String value) {
            region = value;
            return this;
        }

        /** What requests are signed with; the token is null unless the credentials are temporary. */
        public Builder credentials(String access, String secret, String token) {
            accessKey = access;
            secretKey = secret;
            sessionToken = token;
            return this;
        }

        /** The API key that goes along with every request. */
        public Builder apiKey(String value) {
            apiKey = value;
            return this;
        }

        /** The client, which later changes of this builder do not reach. */
        public {{class}} build() {
            Builder copy = new Builder().endpoint(endpoint).region(region);
            return new {{class}}(copy.credentials(accessKey, secretKey, sessionToken).apiKey(apiKey));
        }
    }

    /** An answer, whatever its status. */
    public static final class Response {
        private final int status;
        private final Map<String, List<String>> headers;
        private final byte[] body;

        private Response(int status, Map<String, List<String>> given, byte[] body) {
            this.status = status;
            this.headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
            for (Map.Entry<String, List<String>> header : given.entrySet()) {
                if (header.getKey() != null) {
                    this.headers.put(header.getKey(), header.getValue());
                }
            }
            this.body = body;
        }

        /** The status. */
        public int status() {
            return status;
        }

        /** The headers, found in any letter case. */
        public Map<String, List<String>> headers() {
            return Collections.unmodifiableMap(headers);
        }

        /** The body. */
        public byte[] bytes() {
            return body.clone();
        }

        /** The body as text. */
        public String body() {
            return new String(body, StandardCharsets.UTF_8);
        }
    }

{{operations}}

    private Response call(String verb, String path, String[] query, String[] headerNames, String[] required,
            Map<String, ?> given, String text, Map<String, String> more) throws IOException {
        Map<String, ?> params = given == null ? Collections.<String, Object>emptyMap() : given;
        for (String name : required) {
            if (params.get(name) == null) {
                throw new IllegalArgumentException("Missing required parameter " + name);
            }
        }
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        headers.put("Accept", "application/json");
        byte[] body = text == null || text.isEmpty() ? null : text.getBytes(StandardCharsets.UTF_8);
        if (body != null) {
            headers.put("Content-Type", "application/json");
        }
        for (String name : headerNames) {
            if (params.get(name) != null) {
                headers.put(name, params.get(name).toString());
            }
        }
        if (more != null) {
            headers.putAll(more);
        }
        if (config.apiKey != null) {
            headers.put(API_KEY_HEADER, config.apiKey);
        }
        String search = writeQuery(query, params);
        String base = config.endpoint.replaceAll("/+$", "") + fillPath(path, params);
        if (config.accessKey != null && config.secretKey != null) {
            sign(verb, java.net.URI.create(base), search, headers, body == null ? new byte[0] : body);
        }
        return transmit(verb, base + (search.isEmpty() ? "" : "?" + search), headers, body);
    }

{{transmit}}

    private static String fillPath(String template, Map<String, ?> params) {
        StringBuilder path = new StringBuilder();
        for (String part : template.substring(1).split("/", -1)) {
            path.append('/');
            if (!part.startsWith("{")) {
                path.append(part);
                continue;
            }
            boolean greedy = part.endsWith("+}");
            String name = part.substring(1, part.length() - (greedy ? 2 : 1));
            String value = params.get(name).toString();
            List<String> segments = new ArrayList<>();
            for (String segment : greedy ? value.split("/", -1) : new String[] {value}) {
                if (value.isEmpty() || segment.equals(".") || segment.equals("..")) {
                    throw new IllegalArgumentException("The parameter " + name + " cannot be part of a path: " + value);
                }
                segments.add(encode(segment));
            }
            path.append(String.join("/", segments));
        }
        return path.toString();
    }

    private static String writeQuery(String[] names, Map<String, ?> params) {
        List<String> pairs = new ArrayList<>();
        for (String name : names) {
            Object value = params.get(name);
            Iterable<?> all = value instanceof Iterable ? (Iterable<?>) value : Collections.singletonList(value);
            for (Object one : all) {
                if (one != null) {
                    // A space sorts before everything that is encoded, so that names sort before values.
                    pairs.add(encode(name) + " " + encode(one.toString()));
                }
            }
        }
        Collections.sort(pairs);
        return String.join("&", pairs).replace(' ', '=');
    }

    private static String encode(String text) {
        StringBuilder encoded = new StringBuilder();
        for (byte unit : text.getBytes(StandardCharsets.UTF_8)) {
            char letter = (char) (unit & 0xff);
            boolean plain = letter < 128 && (Character.isLetterOrDigit(letter) || "-_.~".indexOf(letter) >= 0);
            encoded.append(plain ? String.valueOf(letter) : String.format(Locale.ROOT, "%%%02X", unit & 0xff));
        }
        return encoded.toString();
    }

    /** Signature version 4, over the host and every header that this client sets. */
    private void sign(String verb, java.net.URI url, String query, Map<String, String> headers, byte[] body) {
        SimpleDateFormat form = new SimpleDateFormat("yyyyMMdd'T'HHmmss'Z'", Locale.ROOT);
        form.setTimeZone(TimeZone.getTimeZone("UTC"));
        String stamp = form.format(new Date());
        headers.put("X-Amz-Date", stamp);
        if (config.sessionToken != null) {
            headers.put("X-Amz-Security-Token", config.sessionToken);
        }
        Map<String, String> signed = new TreeMap<>();
        signed.put("host", url.getRawAuthority());
        for (Map.Entry<String, String> header : headers.entrySet()) {
            signed.put(header.getKey().toLowerCase(Locale.ROOT), header.getValue().trim().replaceAll("\\s+", " "));
        }
        List<String> segments = new ArrayList<>();
        for (String segment : url.getRawPath().replaceAll("/+", "/").split("/", -1)) {
            segments.add(encode(segment));
        }
        StringBuilder canonical = new StringBuilder(verb + "\n" + String.join("/", segments) + "\n" + query + "\n");
        for (Map.Entry<String, String> header : signed.entrySet()) {
            canonical.append(header.getKey()).append(':').append(header.getValue()).append('\n');
        }
        String names = String.join(";", signed.keySet());
        canonical.append('\n').append(names).append('\n').append(sha256(body));
        String scope = stamp.substring(0, 8) + "/" + config.region + "/execute-api/aws4_request";
        String hash = sha256(canonical.toString().getBytes(StandardCharsets.UTF_8));
        byte[] key = ("AWS4" + config.secretKey).getBytes(StandardCharsets.UTF_8);
        for (String part : scope.split("/")) {
            key = hmac(key, part);
        }
        String signature = hex(hmac(key, "AWS4-HMAC-SHA256\n" + stamp + "\n" + scope + "\n" + hash));
        headers.put("Authorization", "AWS4-HMAC-SHA256 Credential=" + config.accessKey + "/" + scope
                + ", SignedHeaders=" + names + ", Signature=" + signature);
    }

    private static String sha256(byte[] data) {
        try {
            return hex(MessageDigest.getInstance("SHA-256").digest(data));
        } catch (GeneralSecurityException error) {
            throw new IllegalStateException(error);
        }
    }

    private static byte[] hmac(byte[] key, String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException error) {
            throw new IllegalStateException(error);
        }
    }

    private static String hex(byte[] data) {
        StringBuilder text = new StringBuilder();
        for (byte unit : data) {
            text.append(String.format(Locale.ROOT, "%02x", unit & 0xff));
        }
        return text.toString();
    }
}
