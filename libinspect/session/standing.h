/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef SESSION_STANDING_H
#define SESSION_STANDING_H

#include <glib.h>

G_BEGIN_DECLS

/* For how long a program was kept from going on by who looks at it, at breakpoints: nothing of that time is
 * the program's fault. Times are those of CLOCK_MONOTONIC, in ns. */
typedef struct
{
  gint64 since_ns; /* it stands; 0: it does not */
  gint64 for_ns;   /* it has stood before, in stops that followed each other closely */
  gint64 until_ns; /* the last of these */
} Standing;

/* Whether anything stands @now_ns; may be told again and again. @limit_ns: what a wait may take */
void standing_note (Standing *standing, gboolean stands, gint64 now_ns, gint64 limit_ns);
/* What waits may have lasted longer by. For @limit_ns after the program went on, as long it has to
 * catch up, the whole of what it stood; then 0. */
gint64 standing_get (const Standing *standing, gint64 now_ns, gint64 limit_ns);

G_END_DECLS

#endif
