/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef ANALYSIS_OBJECTS_HEAP_H
#define ANALYSIS_OBJECTS_HEAP_H

#include "debuginfo/value.h"

G_BEGIN_DECLS

typedef enum
{
  OBJECTS_HEAP_UNKNOWN,   /* it is not memory of glibc's malloc(), or not its beginning */
  OBJECTS_HEAP_TOO_SMALL, /* less than @size was asked for */
  OBJECTS_HEAP_EXACT,     /* as much as a program that asks for @size gets */
  OBJECTS_HEAP_LARGER,
} ObjectsHeap;

/* Whether something of @size can be at @address, by what malloc() notes beside it. */
ObjectsHeap objects_heap_fits (const DebugMemory *memory, guint64 address, guint64 size);

G_END_DECLS

#endif
