#if defined(__x86_64__)

#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#define FORM avx2
#define XXH_VECTOR 2 /* XXH_AVX2 */
#include "form.h"
#pragma clang attribute pop

#endif
