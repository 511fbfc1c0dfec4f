#ifndef FORMS_H
#define FORMS_H

#include "CXXHash.h"

// What each form of the library gives. A stream is laid out alike in all of them.
#define DECLARE(form)                                                                                               \
    struct reglaze_hash reglaze_hash_##form(const void *bytes, size_t count);                                       \
    void reglaze_hash_update_##form(struct reglaze_hash_stream *stream, const void *bytes, size_t count);           \
    struct reglaze_hash reglaze_hash_digest_##form(const struct reglaze_hash_stream *stream);

DECLARE(baseline)
#if defined(__x86_64__)
DECLARE(avx2)
#endif

#endif
