// What generated clients use of Apple's CommonCrypto; apple.m has it over OpenSSL.
#include <stddef.h>
#include <stdint.h>

#define CC_SHA256_DIGEST_LENGTH 32
typedef uint32_t CC_LONG;
typedef uint32_t CCHmacAlgorithm;
enum { kCCHmacAlgSHA256 = 2 };

unsigned char *CC_SHA256(const void *data, CC_LONG length, unsigned char *digest);
void CCHmac(CCHmacAlgorithm algorithm, const void *key, size_t keyLength, const void *data, size_t length, void *mac);
