#include "forms.h"

#if defined(__x86_64__)
#define CHOSEN(call) (__builtin_cpu_supports("avx2") ? reglaze_hash_##call##avx2 : reglaze_hash_##call##baseline)
#else
#define CHOSEN(call) reglaze_hash_##call##baseline
#endif

struct reglaze_hash reglaze_hash(const void *bytes, size_t count) { return CHOSEN()(bytes, count); }

void reglaze_hash_stream_update(struct reglaze_hash_stream *stream, const void *bytes, size_t count) {
    CHOSEN(update_)(stream, bytes, count);
}

struct reglaze_hash reglaze_hash_stream_digest(const struct reglaze_hash_stream *stream) { return CHOSEN(digest_)(stream); }
