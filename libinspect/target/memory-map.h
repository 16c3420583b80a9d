/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TARGET_MEMORY_MAP_H
#define TARGET_MEMORY_MAP_H

/* The memory of a process that may hold addresses: what it has written to, or others have. */

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  guint64 begin, end;
  gboolean is_main_stack;
  gboolean has_guard; /* nobody may touch what lies just below it */
  gboolean is_shared;
} TargetRegion;

typedef struct _TargetMemoryMap TargetMemoryMap;

/* (nullable): not ours to see. On the monotonic clock: what takes longer fails */
TargetMemoryMap *target_memory_map_new (int pid, gint64 until_us);
void target_memory_map_free (TargetMemoryMap *map);
guint target_memory_map_count (const TargetMemoryMap *map);
const TargetRegion *target_memory_map_get (const TargetMemoryMap *map, guint index);
/* The next pages from @at on that have been touched; FALSE: there are none in @region. */
gboolean target_memory_map_next_touched (TargetMemoryMap *map, const TargetRegion *region,
                                         guint64 at, guint64 *ret_begin, guint64 *ret_end);
/* Whether which pages those are could not be found out for some, or not in time. */
gboolean target_memory_map_has_failed (const TargetMemoryMap *map);

/* Whether the kernel may keep addresses for the process that are nowhere in its memory. */
gboolean target_memory_is_known_elsewhere (int pid);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TargetMemoryMap, target_memory_map_free)

G_END_DECLS

#endif
