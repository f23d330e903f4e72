// Calls methods of a generated client; CLIENT stands for its class. An argument is where to go instead.
#import "CLIENT.h"

#include <stdio.h>

static void show(CLIENTResponse *answer, NSError *error) {
    if (answer == nil) {
        printf("%s\n", error.localizedDescription.UTF8String);
    } else {
        printf("%ld %s\n", (long)answer.status, answer.text.UTF8String);
    }
}

int main(int count, const char *arguments[]) {
    @autoreleasepool {
        CLIENT *client = CLIENT.defaultClient;
        client.accessKey = @"AKIAEXAMPLE";
        client.secretKey = @"wJalrXUtnFEMI/K7MDENG";
        client.sessionToken = @"a/token==";
        client.apiKey = @"key";
        if (count > 1) {
            client.endpoint = [NSString stringWithUTF8String:arguments[1]];
        }
        CLIENTCompletion print = ^(CLIENTResponse *answer, NSError *error) { show(answer, error); };
        NSDictionary *pet = @{@"petId": @"a/b c+\u00fc", @"kind": @[@"c", @"a b*"], @"X-Trace": @"t"};
        [client petsPetIdGet:pet body:nil headers:nil completion:print];
        [client petsPost:nil body:@{@"a": @1} headers:nil completion:print];
        [client anyPut:nil body:@"text" headers:@{@"Content-Type": @"text/plain"} completion:print];
        [client petsPetIdGet:@{@"petId": @"x"} body:nil headers:nil completion:print];
        [client petsPetIdGet:@{@"petId": @"..", @"kind": @"x"} body:nil headers:nil completion:print];
        [client petsPetIdGet:pet body:@"text" headers:nil completion:print];
        [client petsPetIdGet:pet body:nil headers:@{@"X-More": @"a\r\nX-B: c"} completion:print];
    }
    return 0;
}
