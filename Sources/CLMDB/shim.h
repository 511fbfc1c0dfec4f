#include <lmdb.h>
// The Glibc module leaves this one out: which file system a store is on decides whether LMDB may be used there.
#include <sys/vfs.h>
// As in glibc's <fcntl.h>, which shows it only to those who ask for GNU's extensions.
extern int sync_file_range(int descriptor, off_t offset, off_t bytes, unsigned int flags);
