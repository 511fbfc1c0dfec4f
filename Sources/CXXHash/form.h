// One form of the library's functions, with names that end in FORM: the header is the whole library, compiled here for the instruction set that the including
// file has chosen. What Debian's own library file holds is for the oldest processors.

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "forms.h"

#define JOIN(name, form) name##form
#define NAMED(name, form) JOIN(name, form)

struct reglaze_hash NAMED(reglaze_hash_, FORM)(const void *bytes, size_t count) {
    const XXH128_hash_t hash = XXH3_128bits(bytes, count);
    return (struct reglaze_hash){hash.low64, hash.high64};
}

void NAMED(reglaze_hash_update_, FORM)(struct reglaze_hash_stream *stream, const void *bytes, size_t count) {
    XXH3_128bits_update((XXH3_state_t *)stream, bytes, count);
}

struct reglaze_hash NAMED(reglaze_hash_digest_, FORM)(const struct reglaze_hash_stream *stream) {
    const XXH128_hash_t hash = XXH3_128bits_digest((const XXH3_state_t *)stream);
    return (struct reglaze_hash){hash.low64, hash.high64};
}
