// Stands in for Apple's systems: sessions that answer before `resume` returns, and digests.
#import "apple.h"

#import "CommonCrypto/CommonCrypto.h"
#include <Block.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

unsigned char *CC_SHA256(const void *data, CC_LONG length, unsigned char *digest) {
    return SHA256(data, length, digest);
}

void CCHmac(CCHmacAlgorithm algorithm, const void *key, size_t keyLength, const void *data, size_t length, void *mac) {
    NSCAssert(algorithm == kCCHmacAlgSHA256, @"SHA-256 only");
    HMAC(EVP_sha256(), key, (int)keyLength, data, length, mac, NULL);
}

static NSRange endOfHead(NSData *answer) {
    return [answer rangeOfData:[NSData dataWithBytes:"\r\n\r\n" length:4] options:0 range:NSMakeRange(0, answer.length)];
}

static BOOL isWhole(NSData *answer) {
    NSRange end = endOfHead(answer);
    if (end.location == NSNotFound) {
        return NO;
    }
    NSData *head = [answer subdataWithRange:NSMakeRange(0, NSMaxRange(end))];
    NSString *text = [[[NSString alloc] initWithData:head encoding:NSUTF8StringEncoding] autorelease].lowercaseString;
    NSRange name = [text rangeOfString:@"content-length: "];
    NSInteger length = name.location == NSNotFound ? NSIntegerMax : [[text substringFromIndex:NSMaxRange(name)] integerValue];
    return (NSInteger)(answer.length - NSMaxRange(end)) >= length;
}

// GNUstep's own client decodes paths, so this is a plain connection, to the own machine whatever the URL says.
static NSData *exchange(NSData *sent, int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int connection = socket(AF_INET, SOCK_STREAM, 0);
    NSMutableData *answer = [NSMutableData data];
    if (connect(connection, (struct sockaddr *)&address, sizeof address) == 0
        && write(connection, sent.bytes, sent.length) == (ssize_t)sent.length) {
        char part[4096];
        for (ssize_t length; !isWhole(answer) && (length = read(connection, part, sizeof part)) > 0;) {
            [answer appendBytes:part length:length];
        }
    }
    close(connection);
    return answer;
}

@implementation NSURLSessionConfiguration
+ (instancetype)ephemeralSessionConfiguration {
    return [[self alloc] init];
}
@end

@implementation NSURLSessionTask
- (void)resume {
}
@end

@implementation NSURLSessionDataTask

- (instancetype)initWithRequest:(NSURLRequest *)request finish:(Finish)finish {
    if ((self = [super init])) {
        _request = [request retain];
        _finish = Block_copy(finish);
    }
    return self;
}

- (void)resume {
    NSURL *url = _request.URL;
    NSString *target = [_request.URL.absoluteString componentsSeparatedByString:url.host].lastObject;
    target = [target substringFromIndex:[target rangeOfString:@"/"].location];
    NSString *start = [NSString stringWithFormat:@"%@ %@ HTTP/1.1\r\nHost: %@:%@\r\nConnection: close\r\nContent-Length: %lu\r\n",
        _request.HTTPMethod, target, url.host, url.port, (unsigned long)_request.HTTPBody.length];
    NSMutableString *head = [NSMutableString stringWithString:start];
    NSDictionary *fields = _request.allHTTPHeaderFields;
    for (NSString *name in fields) {
        [head appendFormat:@"%@: %@\r\n", name, [fields objectForKey:name]];
    }
    [head appendString:@"\r\n"];
    NSMutableData *sent = [[[head dataUsingEncoding:NSUTF8StringEncoding] mutableCopy] autorelease];
    [sent appendData:_request.HTTPBody ?: [NSData data]];
    [self read:exchange(sent, url.port.intValue)];
}

- (void)read:(NSData *)answer {
    NSRange end = endOfHead(answer);
    if (end.location == NSNotFound) {
        _finish(nil, nil, [NSError errorWithDomain:@"apple" code:1 userInfo:@{NSLocalizedDescriptionKey: @"no answer"}]);
        return;
    }
    NSData *head = [answer subdataWithRange:NSMakeRange(0, end.location)];
    NSString *text = [[[NSString alloc] initWithData:head encoding:NSUTF8StringEncoding] autorelease];
    NSMutableDictionary *fields = [NSMutableDictionary dictionary];
    for (NSString *line in [text componentsSeparatedByString:@"\r\n"]) {
        NSRange colon = [line rangeOfString:@": "];
        if (colon.location != NSNotFound) {
            [fields setObject:[line substringFromIndex:NSMaxRange(colon)] forKey:[line substringToIndex:colon.location]];
        }
    }
    NSInteger status = [[[text componentsSeparatedByString:@" "] objectAtIndex:1] integerValue];
    NSHTTPURLResponse *response = [[[NSHTTPURLResponse alloc] initWithURL:_request.URL statusCode:status
        HTTPVersion:@"HTTP/1.1" headerFields:fields] autorelease];
    _finish([answer subdataWithRange:NSMakeRange(NSMaxRange(end), answer.length - NSMaxRange(end))], response, nil);
}

@end

@implementation NSURLSession

+ (instancetype)sessionWithConfiguration:(NSURLSessionConfiguration *)configuration
                                delegate:(id<NSURLSessionDelegate>)delegate
                           delegateQueue:(NSOperationQueue *)queue {
    return [[self alloc] init];
}

- (NSURLSessionDataTask *)dataTaskWithRequest:(NSURLRequest *)request completionHandler:(Finish)finish {
    return [[[NSURLSessionDataTask alloc] initWithRequest:request finish:finish] autorelease];
}

@end
