#include <lmdb.h>
// The Glibc module leaves this one out: which file system a store is on decides whether LMDB may be used there.
#include <sys/vfs.h>
