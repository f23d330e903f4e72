/*
 * A client of {{title}}, stage {{stage}}. Generated.
 */
#import "{{class}}.h"

#import <CommonCrypto/CommonCrypto.h>
#include <ctype.h>
#include <string.h>
#include <time.h>

NSString *const {{class}}ErrorDomain = @"{{class}}ErrorDomain";

static NSString *const apiKeyHeader = {{api_key_header}};

static NSError *refusal(NSString *message) {
    return [NSError errorWithDomain:{{class}}ErrorDomain code:1 userInfo:@{NSLocalizedDescriptionKey: message}];
}

static BOOL isGiven(id value) {
    return value != nil && value != [NSNull null];
}

static NSData *utf8(NSString *text) {
    return [text dataUsingEncoding:NSUTF8StringEncoding allowLossyConversion:YES];
}

static NSString *encode(NSString *text) {
    NSData *data = utf8(text);
    const unsigned char *bytes = data.bytes;
    NSMutableString *encoded = [NSMutableString string];
    for (NSUInteger index = 0; index < data.length; index++) {
        unsigned char byte = bytes[index];
        BOOL isPlain = byte > ' ' && byte < 127 && (isalnum(byte) || strchr("-_.~", byte) != NULL);
        [encoded appendFormat:isPlain ? @"%c" : @"%%%02X", byte];
    }
    return encoded;
}

static NSString *hex(NSData *data) {
    const unsigned char *bytes = data.bytes;
    NSMutableString *text = [NSMutableString string];
    for (NSUInteger index = 0; index < data.length; index++) {
        [text appendFormat:@"%02x", bytes[index]];
    }
    return text;
}

static NSString *sha256(NSData *data) {
    unsigned char digest[CC_SHA256_DIGEST_LENGTH];
    CC_SHA256(data.bytes, (CC_LONG)data.length, digest);
    return hex([NSData dataWithBytes:digest length:sizeof digest]);
}

static NSData *hmac(NSData *key, NSString *text) {
    NSData *data = utf8(text);
    unsigned char digest[CC_SHA256_DIGEST_LENGTH];
    CCHmac(kCCHmacAlgSHA256, key.bytes, key.length, data.bytes, data.length, digest);
    return [NSData dataWithBytes:digest length:sizeof digest];
}

/** Nil, and an error, if a parameter cannot be part of a path. */
static NSString *fillPath(NSString *template, NSDictionary *params, NSError **error) {
    NSMutableArray *path = [NSMutableArray array];
    for (NSString *part in [template componentsSeparatedByString:@"/"]) {
        if (![part hasPrefix:@"{"]) {
            [path addObject:part];
            continue;
        }
        BOOL isGreedy = [part hasSuffix:@"+}"];
        NSString *name = [part substringWithRange:NSMakeRange(1, part.length - (isGreedy ? 3 : 2))];
        NSString *value = [[params objectForKey:name] description];
        for (NSString *segment in isGreedy ? [value componentsSeparatedByString:@"/"] : @[value]) {
            if (value.length == 0 || [segment isEqualToString:@"."] || [segment isEqualToString:@".."]) {
                *error = refusal([NSString stringWithFormat:@"The parameter %@ cannot be part of a path: %@", name, value]);
                return nil;
            }
            [path addObject:encode(segment)];
        }
    }
    return [path componentsJoinedByString:@"/"];
}

static NSString *writeQuery(NSArray *names, NSDictionary *params) {
    NSMutableArray *pairs = [NSMutableArray array];
    for (NSString *name in names) {
        id value = [params objectForKey:name];
        for (id one in [value isKindOfClass:[NSArray class]] ? value : [NSArray arrayWithObjects:value, nil]) {
            if (isGiven(one)) {
                // A space sorts before everything that is encoded, so that names sort before values.
                [pairs addObject:[NSString stringWithFormat:@"%@ %@", encode(name), encode([one description])]];
            }
        }
    }
    NSArray *sorted = [pairs sortedArrayUsingSelector:@selector(compare:)];
    return [[sorted componentsJoinedByString:@"&"] stringByReplacingOccurrencesOfString:@" " withString:@"="];
}

/** Nil, and an error, if there is a body that cannot be sent; nil without one if there is no body. */
static NSData *writeBody(NSString *verb, id body, NSError **error) {
    if (!isGiven(body) || ([body isKindOfClass:[NSString class]] && [body length] == 0)) {
        return nil;
    }
    if ([verb isEqualToString:@"GET"] || [verb isEqualToString:@"HEAD"]) {
        *error = refusal([NSString stringWithFormat:@"A %@ request has no body", verb]);
        return nil;
    }
    if ([body isKindOfClass:[NSData class]]) {
        return body;
    }
    if ([body isKindOfClass:[NSString class]]) {
        return utf8(body);
    }
    if (![NSJSONSerialization isValidJSONObject:body]) {
        *error = refusal(@"The body cannot be written as JSON");
        return nil;
    }
    return [NSJSONSerialization dataWithJSONObject:body options:0 error:error];
}

@interface {{class}}Response ()
- (instancetype)initWithResponse:(NSHTTPURLResponse *)response body:(NSData *)body;
@end

@implementation {{class}}Response

@synthesize status = _status, headers = _headers, body = _body;

- (instancetype)initWithResponse:(NSHTTPURLResponse *)response body:(NSData *)body {
    if ((self = [super init])) {
        NSMutableDictionary *headers = [NSMutableDictionary dictionary];
        for (NSString *name in response.allHeaderFields) {
            [headers setObject:[response.allHeaderFields objectForKey:name] forKey:name.lowercaseString];
        }
        _status = response.statusCode;
        _headers = [headers copy];
        _body = [body copy];
    }
    return self;
}

- (NSString *)text {
    return [[NSString alloc] initWithData:self.body encoding:NSUTF8StringEncoding];
}

- (id)json {
    return [NSJSONSerialization JSONObjectWithData:self.body options:NSJSONReadingAllowFragments error:NULL];
}

@end

/** Redirects are answers like any other. */
@interface {{class}}Redirects : NSObject <NSURLSessionTaskDelegate>
@end

@implementation {{class}}Redirects

- (void)URLSession:(NSURLSession *)session
                          task:(NSURLSessionTask *)task
    willPerformHTTPRedirection:(NSHTTPURLResponse *)response
                    newRequest:(NSURLRequest *)request
             completionHandler:(void (^)(NSURLRequest *_Nullable))completionHandler {
    completionHandler(nil);
}

@end

@implementation {{class}}

@synthesize endpoint = _endpoint, region = _region, apiKey = _apiKey;
@synthesize accessKey = _accessKey, secretKey = _secretKey, sessionToken = _sessionToken;

static {{class}} *sharedClient;
static NSURLSession *sharedSession;

+ (void)initialize {
    if (self == [{{class}} class]) {
        NSURLSessionConfiguration *configuration = [NSURLSessionConfiguration ephemeralSessionConfiguration];
        id redirects = [[{{class}}Redirects alloc] init];
        sharedSession = [NSURLSession sessionWithConfiguration:configuration delegate:redirects delegateQueue:nil];
        sharedClient = [[{{class}} alloc] init];
    }
}

+ ({{class}} *)defaultClient {
    return sharedClient;
}

- (instancetype)init {
    if ((self = [super init])) {
        _endpoint = {{endpoint}};
        _region = {{region}};
    }
    return self;
}

{{operations}}

- (NSURLSessionDataTask *)call:(NSArray *)operation
                        params:(NSDictionary *)params
                          body:(id)body
                       headers:(NSDictionary *)headers
                    completion:({{class}}Completion)completion {
    NSError *error = nil;
    NSURLRequest *request = [self request:operation params:params body:body headers:headers error:&error];
    if (request == nil) {
        completion(nil, error);
        return nil;
    }
    id finish = ^(NSData *data, NSURLResponse *answer, NSError *failure) {
        if ([answer isKindOfClass:[NSHTTPURLResponse class]]) {
            NSHTTPURLResponse *head = (NSHTTPURLResponse *)answer;
            completion([[{{class}}Response alloc] initWithResponse:head body:data ?: [NSData data]], nil);
        } else {
            completion(nil, failure);
        }
    };
    NSURLSessionDataTask *task = [sharedSession dataTaskWithRequest:request completionHandler:finish];
    [task resume];
    return task;
}

/** An operation is its verb, path, parameters of the query, headers, and required parameters. */
- (NSURLRequest *)request:(NSArray *)operation
                   params:(NSDictionary *)params
                     body:(id)body
                  headers:(NSDictionary *)more
                    error:(NSError **)error {
    for (NSString *name in [operation objectAtIndex:4]) {
        if (!isGiven([params objectForKey:name])) {
            *error = refusal([@"Missing required parameter " stringByAppendingString:name]);
            return nil;
        }
    }
    NSString *verb = [operation objectAtIndex:0];
    NSString *path = fillPath([operation objectAtIndex:1], params, error);
    NSData *payload = writeBody(verb, body, error);
    NSDictionary *headers = [self headers:[operation objectAtIndex:3] params:params more:more hasBody:payload != nil error:error];
    if (*error != nil) {
        return nil;
    }
    NSString *query = writeQuery([operation objectAtIndex:2], params);
    NSString *base = self.endpoint;
    while ([base hasSuffix:@"/"]) {
        base = [base substringToIndex:base.length - 1];
    }
    base = [base stringByAppendingString:path];
    NSURL *url = [NSURL URLWithString:query.length == 0 ? base : [NSString stringWithFormat:@"%@?%@", base, query]];
    if (url.scheme == nil || url.host == nil) {
        *error = refusal([@"The endpoint is no URL: " stringByAppendingString:self.endpoint]);
        return nil;
    }
    if (self.accessKey != nil && self.secretKey != nil) {
        headers = [self sign:verb base:base url:url query:query headers:headers body:payload ?: [NSData data]];
    }
    NSMutableURLRequest *request = [NSMutableURLRequest requestWithURL:url];
    request.HTTPMethod = verb;
    request.HTTPBody = payload;
    for (NSString *name in headers) {
        [request setValue:[headers objectForKey:name] forHTTPHeaderField:name];
    }
    return request;
}

- (NSDictionary *)headers:(NSArray *)names
                   params:(NSDictionary *)params
                     more:(NSDictionary *)more
                  hasBody:(BOOL)hasBody
                    error:(NSError **)error {
    NSMutableDictionary *headers = [NSMutableDictionary dictionary];
    [headers setObject:@"application/json" forKey:@"accept"];
    if (hasBody) {
        [headers setObject:@"application/json" forKey:@"content-type"];
    }
    for (NSString *name in names) {
        if (isGiven([params objectForKey:name])) {
            [headers setObject:[[params objectForKey:name] description] forKey:name.lowercaseString];
        }
    }
    for (NSString *name in more) {
        [headers setObject:[[more objectForKey:name] description] forKey:name.lowercaseString];
    }
    if (self.apiKey != nil) {
        [headers setObject:self.apiKey forKey:apiKeyHeader];
    }
    NSCharacterSet *ends = [NSCharacterSet characterSetWithCharactersInString:@"\r\n"];
    for (NSString *name in headers) {
        if ([[headers objectForKey:name] rangeOfCharacterFromSet:ends].location != NSNotFound) {
            *error = refusal([NSString stringWithFormat:@"The header %@ has a line end", name]);
        }
    }
    return headers;
}

/** Signature version 4, over the host and every header that this client sets. */
- (NSDictionary *)sign:(NSString *)verb
                  base:(NSString *)base
                   url:(NSURL *)url
                 query:(NSString *)query
               headers:(NSDictionary *)given
                  body:(NSData *)body {
    char stamp[sizeof "20150830T123600Z"];
    time_t now = time(NULL);
    struct tm utc;
    strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%SZ", gmtime_r(&now, &utc));
    NSString *date = [NSString stringWithUTF8String:stamp];
    NSMutableDictionary *headers = [given mutableCopy];
    [headers setObject:date forKey:@"x-amz-date"];
    if (self.sessionToken != nil) {
        [headers setObject:self.sessionToken forKey:@"x-amz-security-token"];
    }
    NSInteger usual = [url.scheme isEqualToString:@"http"] ? 80 : 443;
    BOOL isUsual = url.port == nil || url.port.integerValue == usual;
    NSString *host = isUsual ? url.host : [NSString stringWithFormat:@"%@:%@", url.host, url.port];
    NSMutableDictionary *signedHeaders = [headers mutableCopy];
    [signedHeaders setObject:host forKey:@"host"];

    NSUInteger start = NSMaxRange([base rangeOfString:@"://"]);
    NSRange slash = [base rangeOfString:@"/" options:0 range:NSMakeRange(start, base.length - start)];
    NSMutableArray *segments = [NSMutableArray array];
    for (NSString *segment in [[base substringFromIndex:slash.location] componentsSeparatedByString:@"/"]) {
        if (segment.length > 0) {
            [segments addObject:encode(segment)];
        }
    }
    BOOL endsInSlash = [base hasSuffix:@"/"] && segments.count > 0;
    NSString *path = [NSString stringWithFormat:@"/%@%@", [segments componentsJoinedByString:@"/"], endsInSlash ? @"/" : @""];

    NSArray *names = [signedHeaders.allKeys sortedArrayUsingSelector:@selector(compare:)];
    NSMutableString *canonical = [NSMutableString stringWithFormat:@"%@\n%@\n%@\n", verb, path, query];
    for (NSString *name in names) {
        NSMutableArray *words = [NSMutableArray array];
        NSCharacterSet *spaces = [NSCharacterSet whitespaceCharacterSet];
        for (NSString *word in [[signedHeaders objectForKey:name] componentsSeparatedByCharactersInSet:spaces]) {
            if (word.length > 0) {
                [words addObject:word];
            }
        }
        [canonical appendFormat:@"%@:%@\n", name, [words componentsJoinedByString:@" "]];
    }
    NSString *list = [names componentsJoinedByString:@";"];
    [canonical appendFormat:@"\n%@\n%@", list, sha256(body)];

    NSArray *parts = @[[date substringToIndex:8], self.region, @"execute-api", @"aws4_request"];
    NSString *scope = [parts componentsJoinedByString:@"/"];
    NSData *key = utf8([@"AWS4" stringByAppendingString:self.secretKey]);
    for (NSString *part in parts) {
        key = hmac(key, part);
    }
    NSString *toSign = [NSString stringWithFormat:@"AWS4-HMAC-SHA256\n%@\n%@\n%@", date, scope, sha256(utf8(canonical))];
    NSString *credential = [NSString stringWithFormat:@"%@/%@", self.accessKey, scope];
    NSString *authorization = [NSString stringWithFormat:@"AWS4-HMAC-SHA256 Credential=%@, SignedHeaders=%@, Signature=%@",
        credential, list, hex(hmac(key, toSign))];
    [headers setObject:authorization forKey:@"authorization"];
    return headers;
}

@end
