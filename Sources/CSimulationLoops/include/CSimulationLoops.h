#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// The inner loops of the simulated arrays. Plain loops over vectors of 16 lanes; the compiler makes one copy per instruction set and the loader picks one.
// Every element is computed by the same sequence of separately rounded operations in every copy, so that all give the same bits.

/// How the rows of an activation matrix lie in memory: row r is at base + (r / inner_count)·outer_stride + (r % inner_count)·inner_stride (bytes).
struct reglaze_rows {
    const char *base;
    int64_t row_count;
    int64_t inner_count;
    int64_t inner_stride;
    int64_t outer_stride;
};

enum reglaze_float_type { reglaze_float_f32 = 0, reglaze_float_bf16 = 1, reglaze_float_f16 = 2 };
enum reglaze_integer_type { reglaze_integer_i8 = 0, reglaze_integer_i16 = 1 };

/// sums[r][c] = (accumulate ? sums[r][c] : +0) + Σ a[r][k]·w[k][c], k ascending, product and sum each rounded to f32, for c < columns.
///
/// weights: depth rows of weight_stride floats, at least columns rounded up to 16 of them readable; sums: rows of sum_stride floats.
void reglaze_matmul_float(
    struct reglaze_rows rows, enum reglaze_float_type type, int64_t depth, const float *weights, int64_t weight_stride,
    float *sums, int64_t sum_stride, int64_t columns, bool accumulate);

/// The same in exact integers. Returns false when a running sum (looked at every 128 products) left i32; the sums are then meaningless.
bool reglaze_matmul_integer(
    struct reglaze_rows rows, enum reglaze_integer_type type, int64_t depth, const int32_t *weights, int64_t weight_stride,
    int32_t *sums, int64_t sum_stride, int64_t columns, bool accumulate);

/// Widens count elements to f32: exact, NaNs become quiet.
void reglaze_widen(const char *source, enum reglaze_float_type type, int64_t count, float *result);
