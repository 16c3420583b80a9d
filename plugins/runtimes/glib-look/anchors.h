/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef GLIB_LOOK_ANCHORS_H
#define GLIB_LOOK_ANCHORS_H

#include "inspector-probe.h"

G_BEGIN_DECLS

/* The sorts of sources whose functions GLib exports: by them sources are recognised. */
typedef enum
{
  SORT_OTHER, /* functions that GLib does not export: a program's, or GIO's */
  SORT_TIMEOUT,
  SORT_IDLE,
  SORT_IO,
  SORT_CHILD,
  SORT_SIGNAL,
  SORT_FD,
  N_SORTS
} Sort;

/* Functions of GIO's that read a GTask. */
typedef enum
{
  FUNCTION_TYPE,
  FUNCTION_SOURCE_TAG,
  FUNCTION_NAME,
  FUNCTION_CONTEXT,
  FUNCTION_CANCELLABLE,
  FUNCTION_COMPLETED,
  N_FUNCTIONS
} Function;

typedef struct
{
  guint64 functions[N_FUNCTIONS]; /* 0: not there */
  guint64 funcs[N_SORTS];         /* where each has its GSourceFuncs; 0: not there */
  guint64 minor_version;          /* where GLib 2 has it; 0: not there */
} Anchors;

/* FALSE: the program has no GLib that would say where they are. */
gboolean look_find_anchors (const InspectorProbeTarget *target, Anchors *ret_anchors);
Sort look_get_sort (const Anchors *anchors, guint64 funcs);

G_END_DECLS

#endif
