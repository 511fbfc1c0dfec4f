#define FORM baseline
#include "form.h"

struct reglaze_hash_stream *reglaze_hash_stream_create(void) {
    XXH3_state_t *state = XXH3_createState();
    if (state) XXH3_128bits_reset(state);
    return (struct reglaze_hash_stream *)state;
}

void reglaze_hash_stream_free(struct reglaze_hash_stream *stream) { XXH3_freeState((XXH3_state_t *)stream); }
