/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef SOURCE_BREAKS_H
#define SOURCE_BREAKS_H

#include <session.h>

#include "margin.h"

G_BEGIN_DECLS

/* The breakpoints at lines of one file, which is named as its compiler was told. */

void source_breaks_show (UiSession *session, const char *told, SourceMarks *marks);
/* Takes those of the line away; where there is none, makes one. FALSE: @error, one translated line */
gboolean source_breaks_toggle (UiSession *session, const char *told, guint line, GError **error);

G_END_DECLS

#endif
