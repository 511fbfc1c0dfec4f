#include "CSimulationLoops.h"
#include <string.h>

// Never fuse a product into a sum: the machine rounds both.
#pragma STDC FP_CONTRACT OFF

#if defined(__x86_64__) && defined(__GLIBC__)
#define CLONES __attribute__((target_clones("avx2", "default")))
#else
#define CLONES
#endif
#define INLINE static inline __attribute__((always_inline))

enum { LANES = 16, ROWS = 4, BLOCK = 128 };

typedef float float_lanes __attribute__((vector_size(64), aligned(4)));
typedef int32_t integer_lanes __attribute__((vector_size(64), aligned(4)));
typedef uint32_t bit_lanes __attribute__((vector_size(64), aligned(4)));

INLINE const char *row_address(const struct reglaze_rows *rows, int64_t row) {
    return rows->base + (row / rows->inner_count) * rows->outer_stride + (row % rows->inner_count) * rows->inner_stride;
}

INLINE float widen_f16(uint16_t half) {
    uint32_t magnitude = half & 0x7FFF, sign = (uint32_t)(half & 0x8000) << 16, bits;
    float value;
    if (magnitude >= 0x7C00) {
        bits = 0x7F800000 | (magnitude & 0x3FF) << 13 | (magnitude > 0x7C00 ? 0x00400000 : 0);
    } else {
        uint32_t shifted = magnitude << 13;
        memcpy(&value, &shifted, 4);
        value *= 0x1p112f;
        memcpy(&bits, &value, 4);
    }
    bits |= sign;
    memcpy(&value, &bits, 4);
    return value;
}

INLINE void widen(const char *source, enum reglaze_float_type type, int64_t count, float *result) {
    const uint16_t *narrow = (const uint16_t *)source;
    if (type == reglaze_float_f32) {
        memcpy(result, source, (size_t)count * 4);
    } else if (type == reglaze_float_bf16) {
        for (int64_t k = 0; k < count; k++) {
            uint32_t bits = (uint32_t)narrow[k] << 16;
            memcpy(result + k, &bits, 4);
        }
    } else {
        for (int64_t k = 0; k < count; k++) result[k] = widen_f16(narrow[k]);
    }
}

CLONES void reglaze_widen(const char *source, enum reglaze_float_type type, int64_t count, float *result) {
    widen(source, type, count, result);
}

// `rows` rows × 16 columns: sums[i] += a[i][k]·w[k], k ascending. `rows` is a constant at every call.
INLINE void block_float(
    int rows, const float *const *a, int64_t depth, const float *weights, int64_t weight_stride, float_lanes *sums) {
    float_lanes s[ROWS];
    for (int i = 0; i < rows; i++) s[i] = sums[i];
    for (int64_t k = 0; k < depth; k++) {
        float_lanes w = *(const float_lanes *)(weights + k * weight_stride);
        for (int i = 0; i < rows; i++) {
            float_lanes product = a[i][k] * w;
            s[i] = s[i] + product;
        }
    }
    for (int i = 0; i < rows; i++) sums[i] = s[i];
}

INLINE void group_float(
    int rows, const float *const *a, int64_t depth, const float *weights, int64_t weight_stride, float *sums,
    int64_t sum_stride, int64_t columns, bool accumulate) {
    for (int64_t c = 0; c < columns; c += LANES) {
        int64_t width = columns - c < LANES ? columns - c : LANES;
        float_lanes s[ROWS];
        for (int i = 0; i < rows; i++) {
            s[i] = (float_lanes){0};
            if (!accumulate) continue;
            if (width == LANES) s[i] = *(const float_lanes *)(sums + i * sum_stride + c);
            else memcpy(&s[i], sums + i * sum_stride + c, (size_t)width * 4);
        }
        block_float(rows, a, depth, weights + c, weight_stride, s);
        for (int i = 0; i < rows; i++) {
            if (width == LANES) *(float_lanes *)(sums + i * sum_stride + c) = s[i];
            else memcpy(sums + i * sum_stride + c, &s[i], (size_t)width * 4);
        }
    }
}

// One group of rows over the whole depth, in blocks of k: between blocks the sums rest in memory, which changes no bit.
INLINE void rows_float(
    int rows, const struct reglaze_rows *matrix, int64_t row, enum reglaze_float_type type, int64_t depth, const float *weights,
    int64_t weight_stride, float *sums, int64_t sum_stride, int64_t columns, bool accumulate) {
    const char *address[ROWS];
    const float *a[ROWS];
    float wide[ROWS][BLOCK];
    for (int i = 0; i < rows; i++) address[i] = row_address(matrix, row + i);
    if (type == reglaze_float_f32) {
        for (int i = 0; i < rows; i++) a[i] = (const float *)address[i];
        group_float(rows, a, depth, weights, weight_stride, sums, sum_stride, columns, accumulate);
        return;
    }
    for (int64_t k = 0; k < depth; k += BLOCK) {
        int64_t count = depth - k < BLOCK ? depth - k : BLOCK;
        for (int i = 0; i < rows; i++) {
            widen(address[i] + 2 * k, type, count, wide[i]);
            a[i] = wide[i];
        }
        group_float(rows, a, count, weights + k * weight_stride, weight_stride, sums, sum_stride, columns, accumulate || k > 0);
    }
}

CLONES void reglaze_matmul_float(
    struct reglaze_rows matrix, enum reglaze_float_type type, int64_t depth, const float *weights, int64_t weight_stride,
    float *sums, int64_t sum_stride, int64_t columns, bool accumulate) {
    int64_t row = 0;
    for (; row + ROWS <= matrix.row_count; row += ROWS)
        rows_float(
            ROWS, &matrix, row, type, depth, weights, weight_stride, sums + row * sum_stride, sum_stride, columns, accumulate);
    for (; row < matrix.row_count; row++)
        rows_float(1, &matrix, row, type, depth, weights, weight_stride, sums + row * sum_stride, sum_stride, columns, accumulate);
}

// One row, at most BLOCK products: they cannot leave i32; the addition to the running sums can, and is checked.
INLINE bool row_integer(
    const int32_t *a, int64_t depth, const int32_t *weights, int64_t weight_stride, int32_t *sums, int64_t columns, bool accumulate) {
    bit_lanes overflow = {0};
    for (int64_t c = 0; c < columns; c += LANES) {
        int64_t width = columns - c < LANES ? columns - c : LANES;
        bit_lanes part = {0}, old = {0};
        for (int64_t k = 0; k < depth; k++)
            part += (uint32_t)a[k] * (bit_lanes)*(const integer_lanes *)(weights + k * weight_stride + c);
        if (accumulate) memcpy(&old, sums + c, (size_t)width * 4);
        bit_lanes sum = old + part;
        overflow |= (old ^ sum) & (part ^ sum);
        memcpy(sums + c, &sum, (size_t)width * 4);
    }
    uint32_t any = 0;
    for (int i = 0; i < LANES; i++) any |= overflow[i];
    return (any >> 31) == 0;
}

CLONES bool reglaze_matmul_integer(
    struct reglaze_rows matrix, enum reglaze_integer_type type, int64_t depth, const int32_t *weights, int64_t weight_stride,
    int32_t *sums, int64_t sum_stride, int64_t columns, bool accumulate) {
    bool fits = true;
    for (int64_t row = 0; row < matrix.row_count; row++) {
        const char *address = row_address(&matrix, row);
        for (int64_t k = 0; k < depth; k += BLOCK) {
            int64_t count = depth - k < BLOCK ? depth - k : BLOCK;
            int32_t a[BLOCK];
            for (int64_t i = 0; i < count; i++)
                a[i] = type == reglaze_integer_i8 ? ((const int8_t *)address)[k + i] : ((const int16_t *)address)[k + i];
            fits &= row_integer(
                a, count, weights + k * weight_stride, weight_stride, sums + row * sum_stride, columns, accumulate || k > 0);
        }
    }
    return fits;
}
