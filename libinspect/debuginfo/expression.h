/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef DEBUGINFO_EXPRESSION_H
#define DEBUGINFO_EXPRESSION_H

#include <elfutils/libdw.h>

#include "debuginfo/value.h"

G_BEGIN_DECLS

/* A frame of a stack, in which expressions of debug info have a value. */
typedef struct
{
  guint64 pc;            /* of an instruction of the frame's function */
  guint64 registers[32]; /* in DWARF's order */
  guint32 known;         /* 1 << register */
  gboolean has_cfa;
  guint64 cfa; /* the stack pointer before the call of the frame's function */
} DebugFrame;

typedef enum
{
  DEBUG_PLACE_NOWHERE, /* not there, or in a way that is not understood */
  DEBUG_PLACE_MEMORY,  /* at the address `value` */
  DEBUG_PLACE_VALUE,   /* `value` is what it is: of a register, or computed */
} DebugPlaceOf;

typedef struct
{
  DebugPlaceOf of;
  guint64 value;
} DebugWhere;

/* Where something is by its DW_AT_location @attribute. @function: the subprogram whose frame base it
 * may name. @bias: from addresses of the file to those of the program. */
DebugWhere debug_expression_locate (Dwarf_Attribute *attribute, Dwarf_Die *function, guint64 bias,
                                    const DebugFrame *frame, const DebugMemory *memory);
/* Where a variable is that has an address of its own, in the file, by its DW_AT_location @attribute (nullable); FALSE:
 * it has none. */
gboolean debug_expression_get_address (Dwarf_Attribute *attribute, guint64 *ret_address);

G_END_DECLS

#endif
