/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef RUST_LIVE_TABLE_H
#define RUST_LIVE_TABLE_H

#include <stdbool.h>

#include "agent/runtime-plugin.h"
#include "inspect-slots.h"
#include "inspect.h"

/* What stands in the place of which function. Filled before any of the program's words is changed, and
 * never freed: a thread may be on its way through it at any time. */

/* The functions of Rust that are replaced have one argument, or two of which the second is a small number;
 * they return nothing, or a bool. "Rust" is in that the same as "C". */
typedef uint64_t (*RustFunction) (void *task, uint64_t more);

typedef struct
{
  InspectLocation location;
  const InspectSlotType *type;
} TableType;

typedef struct
{
  RustFunction original;
  const TableType *type; /* NULL: not known */
  uint32_t of;           /* a InspectSlotOf */
} TableEntry;

typedef struct
{
  const TableEntry *entries; /* one for each stub, from the first one on */
  uint32_t n_entries;
  const InspectSwap *swaps; /* as many */
} Table;

/* False: @bytes are not what they have to be, or there is no memory. */
bool table_make (const InspectAgent *agent, const void *bytes, size_t size, Table *ret_table);

/* The @index-th piece of code that calls rust_live_call() with its number. */
void *stub_get (uint32_t index);
uint64_t rust_live_call (void *task, uint64_t more, uint32_t index);

#endif
