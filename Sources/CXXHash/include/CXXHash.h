#ifndef CXXHASH_H
#define CXXHASH_H

#include <stddef.h>
#include <stdint.h>

// XXH3-128 of the xxHash library, in the fastest form that the processor has: the same numbers in each.

struct reglaze_hash {
    uint64_t low, high;
};

struct reglaze_hash reglaze_hash(const void *bytes, size_t count);

/// The same in the form for every processor.
struct reglaze_hash reglaze_hash_baseline(const void *bytes, size_t count);

/// A hash of bytes that come piece by piece; NULL when memory runs out. Given back by `reglaze_hash_stream_free`.
struct reglaze_hash_stream *reglaze_hash_stream_create(void);
void reglaze_hash_stream_free(struct reglaze_hash_stream *stream);
void reglaze_hash_stream_update(struct reglaze_hash_stream *stream, const void *bytes, size_t count);
struct reglaze_hash reglaze_hash_stream_digest(const struct reglaze_hash_stream *stream);

#endif
