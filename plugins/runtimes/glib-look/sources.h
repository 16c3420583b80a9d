/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef GLIB_LOOK_SOURCES_H
#define GLIB_LOOK_SOURCES_H

#include "gtasks.h"

G_BEGIN_DECLS

#define SOURCE_NAME_MAX 64

/* A source that is attached to a context, as it was at one instant. */
typedef struct
{
  guint64 address;
  guint64 context;
  guint id;
  Sort sort;
  guint64 callback; /* 0 unknown */
  gboolean has_number;
  guint64 number; /* its interval in ms, the process id or the signal, by its sort */
  int fd;         /* the first that it watches; -1 none */
  char name[SOURCE_NAME_MAX];
} LookSource;

/* Of all contexts, by address: sources (LookSource), and GTasks (LookGTask) if @layout says how they look.
 * @ret_is_whole: FALSE: some change faster than they can be read, or there is more memory than is searched */
GArray *look_find_sources (const InspectorProbeTarget *target, const Anchors *anchors,
                           const GTaskLayout *layout, GArray *gtasks, gboolean *ret_is_whole);
/* The same of those that were found before, as they are by now; what has gone is missing. */
GArray *look_at_sources (const InspectorProbeTarget *target, const Anchors *anchors,
                         const GArray *sources, gboolean *ret_is_whole);

G_END_DECLS

#endif
