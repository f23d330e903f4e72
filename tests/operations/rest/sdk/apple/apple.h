// What generated clients use of Apple's Foundation, and GNUstep's lacks in Debian; apple.m has it.
#import <Foundation/Foundation.h>

NS_ASSUME_NONNULL_BEGIN

@class NSURLSession, NSURLSessionTask;

@protocol NSURLSessionDelegate <NSObject>
@end

@protocol NSURLSessionTaskDelegate <NSURLSessionDelegate>
@optional
- (void)URLSession:(NSURLSession *)session
                          task:(NSURLSessionTask *)task
    willPerformHTTPRedirection:(NSHTTPURLResponse *)response
                    newRequest:(NSURLRequest *)request
             completionHandler:(void (^)(NSURLRequest *_Nullable))completionHandler;
@end

@interface NSURLSessionConfiguration : NSObject
+ (instancetype)ephemeralSessionConfiguration;
@end

@interface NSURLSessionTask : NSObject
- (void)resume;
@end

typedef void (^Finish)(NSData *_Nullable data, NSURLResponse *_Nullable response, NSError *_Nullable error);

@interface NSURLSessionDataTask : NSURLSessionTask {
  @private
    NSURLRequest *_request;
    Finish _finish;
}
- (instancetype)initWithRequest:(NSURLRequest *)request finish:(Finish)finish;
@end

@interface NSURLSession : NSObject
+ (instancetype)sessionWithConfiguration:(NSURLSessionConfiguration *)configuration
                                delegate:(nullable id<NSURLSessionDelegate>)delegate
                           delegateQueue:(nullable NSOperationQueue *)queue;
- (NSURLSessionDataTask *)dataTaskWithRequest:(NSURLRequest *)request completionHandler:(Finish)finish;
@end

NS_ASSUME_NONNULL_END
