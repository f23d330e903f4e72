/*
 * A client of {{title}}, stage {{stage}}. Generated; needs Foundation and CommonCrypto, and ARC.
 */
#import <Foundation/Foundation.h>

NS_ASSUME_NONNULL_BEGIN

/** The domain of errors for what cannot be sent. */
extern NSString *const {{class}}ErrorDomain;

/** An answer, whatever its status. */
@interface {{class}}Response : NSObject {
  @private
    NSInteger _status;
    NSDictionary<NSString *, NSString *> *_headers;
    NSData *_body;
}

@property (readonly) NSInteger status;

/** The headers, by their names in small letters. */
@property (readonly, copy) NSDictionary<NSString *, NSString *> *headers;

@property (readonly, copy) NSData *body;

/** The body as text, nil if it is not UTF-8. */
@property (readonly, nullable) NSString *text;

/** What the body says in JSON, nil if it is not JSON. */
@property (readonly, nullable) id json;

@end

/** Called on a queue of its own, with an answer or with what kept it away. */
typedef void (^{{class}}Completion)({{class}}Response *_Nullable response, NSError *_Nullable error);

/**
 * Each method takes its parameters of path, query and headers by name, a body, and further headers. A parameter of the
 * query may be an array. A body is text, data, or what NSJSONSerialization writes. Requests are signed if the client has
 * credentials. A method returns nil, and calls its completion at once, if the request cannot be sent.
 */
@interface {{class}} : NSObject {
  @private
    NSString *_endpoint, *_region;
    NSString *_Nullable _accessKey, *_Nullable _secretKey, *_Nullable _sessionToken, *_Nullable _apiKey;
}

/** One client for the whole program. */
@property (class, readonly) {{class}} *defaultClient;

/** Where the stage is. */
@property (copy) NSString *endpoint;

/** The region that requests are signed for. */
@property (copy) NSString *region;

@property (copy, nullable) NSString *accessKey;
@property (copy, nullable) NSString *secretKey;

/** Of temporary credentials. */
@property (copy, nullable) NSString *sessionToken;

/** Goes along with every request. */
@property (copy, nullable) NSString *apiKey;

{{declarations}}

@end

NS_ASSUME_NONNULL_END
