/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef GLIB_LOOK_GTASKS_H
#define GLIB_LOOK_GTASKS_H

#include "anchors.h"

G_BEGIN_DECLS

#define GTASK_NAME_MAX 64

/* How a GTask looks in this program. What a GTask is made of is GIO's own, and changes with its versions. So it is asked
 * of the code of the functions that read it, each of which ends in one load from the GTask. */
typedef struct
{
  guint64 class
      ; /* that each GTask begins with; 0: none was ever made, or nothing is known of them */
  guint source_tag, name, context, cancellable, completed; /* where these are */
  guint8 completed_mask;
} GTaskLayout;

/* A GTask that has not completed. */
typedef struct
{
  guint64 address;
  guint64 callback;   /* 0: none, or unknown */
  guint64 source_tag; /* mostly the function that was called to begin it; 0: none */
  guint64 work;       /* that a thread runs for it; 0: none, or unknown */
  char name[GTASK_NAME_MAX];
} LookGTask;

/* FALSE: nothing is known of how they look. */
gboolean look_learn_gtasks (const InspectorProbeTarget *target, const Anchors *anchors,
                            GTaskLayout *ret_layout);
/* Whether one that has not completed lies there. */
gboolean look_read_gtask (const InspectorProbeTarget *target, const GTaskLayout *layout,
                          guint64 address, LookGTask *ret_gtask);

G_END_DECLS

#endif
