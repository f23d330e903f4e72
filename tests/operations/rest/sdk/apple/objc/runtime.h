// GCC's header of this name is not for ARC, which needs only a few of its types.
#if __has_feature(objc_arc)
#include <objc/objc.h>
typedef struct objc_ivar *Ivar;
typedef struct objc_method *Method;
typedef struct objc_property *objc_property_t;
#else
#include_next <objc/runtime.h>
#endif
