/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef SOURCE_PLACE_H
#define SOURCE_PLACE_H

#include <moments.h>

G_BEGIN_DECLS

/* Where the selected task is at the instant that is looked at, and what the files of the session's
 * programs tell of the source. */

typedef struct
{
  char *file; /* as its compiler was told; NULL: it is not known */
  guint line;
  InspectorState state;
  char *text; /* translated: "#12 fetch_posts: waiting to read from ..., at request.c:88" */
} SourcePlace;

void source_place_clear (SourcePlace *place);
/* FALSE: what it waits for is being read, and @func is called after that. */
gboolean source_place_want (UiSession *session, GtkWidget *page, UiMomentsFunc func);
/* Of a task that has ended, where it was last. FALSE: no task is selected, or it had not begun; @place has
 * the text that says so. */
gboolean source_place_find (UiSession *session, SourcePlace *ret_place);
/* (transfer full) (array zero-terminated=1): the files that "request.c:88" may mean, by all that is known */
char **source_place_find_files (UiSession *session, const char *where);
/* When the last one of the session's programs was written to the disk, or its recording where that was before; real time,
 * microseconds; 0: no file of these is here. */
gint64 source_place_get_built_us (UiSession *session);
/* (transfer full) (array zero-terminated=1): folders from which a relative path may be meant */
char **source_place_list_bases (UiSession *session);

G_END_DECLS

#endif
