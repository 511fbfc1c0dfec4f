#define _GNU_SOURCE
#include "CLostPages.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

static atomic_ulong lost;
static uintptr_t page_bytes;

// Only calls that POSIX or the kernel allow in a handler: mmap is a plain system call.
static void replace(int number, siginfo_t *info, void *context) {
    (void)context;
    uintptr_t page = (uintptr_t)info->si_addr & ~(page_bytes - 1);
    if (info->si_code == BUS_ADRERR &&
        mmap((void *)page, page_bytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED) {
        atomic_fetch_add(&lost, 1);
        return;
    }
    // Of another sort: the instruction runs again and ends the process as it would have without a handler.
    signal(number, SIG_DFL);
}

int reglaze_count_lost_pages(void) {
    page_bytes = (uintptr_t)sysconf(_SC_PAGESIZE);
    struct sigaction action = {.sa_sigaction = replace, .sa_flags = SA_SIGINFO | SA_NODEFER};
    sigemptyset(&action.sa_mask);
    return sigaction(SIGBUS, &action, NULL);
}

unsigned long reglaze_lost_pages(void) { return atomic_load(&lost); }

// Not posix_fallocate, which on some file systems writes to each block, also where another process is writing.
int reglaze_reserve_pages(int descriptor, long bytes) {
    int result;
    do result = fallocate(descriptor, FALLOC_FL_KEEP_SIZE, 0, bytes);
    while (result != 0 && errno == EINTR);
    return result == 0 ? 0 : errno;
}
