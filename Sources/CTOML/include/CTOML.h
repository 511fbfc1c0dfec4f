#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// UTF-8 bytes, valid during the call that hands them over.
typedef struct TOMLText {
    const char *_Nullable bytes;
    size_t count;
} TOMLText;

/// Receives the values of a document: what is in a table by its key, what is in an array without.
typedef struct TOMLVisitor {
    void *_Nullable context;
    void (*_Nonnull begin)(void *_Nullable context, TOMLText key, bool isTable);
    void (*_Nonnull end)(void *_Nullable context);
    void (*_Nonnull text)(void *_Nullable context, TOMLText key, TOMLText value);
    void (*_Nonnull integer)(void *_Nullable context, TOMLText key, int64_t value);
    void (*_Nonnull number)(void *_Nullable context, TOMLText key, double value);
    void (*_Nonnull boolean)(void *_Nullable context, TOMLText key, bool value);
    void (*_Nonnull time)(void *_Nullable context, TOMLText key);
} TOMLVisitor;

/// What is wrong with a document, and where: the line counts from 1.
typedef struct TOMLProblem {
    uint32_t line;
    char message[512];
} TOMLProblem;

/// Reads a document with toml++ and hands its root table's content to the visitor; false, with the problem, when it is not TOML.
bool CTOMLRead(TOMLText document, const TOMLVisitor *_Nonnull visitor, TOMLProblem *_Nonnull problem);

#ifdef __cplusplus
}
#endif
