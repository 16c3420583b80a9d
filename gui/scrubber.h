/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef UI_SCRUBBER_H
#define UI_SCRUBBER_H

#include "session.h"

G_BEGIN_DECLS

/* All of the time of a session, small: how much happened when, the instant that is looked at, marks, the
 * range. Drag to travel; Shift and drag to select a range. */
#define UI_TYPE_SCRUBBER (ui_scrubber_get_type ())
G_DECLARE_FINAL_TYPE (UiScrubber, ui_scrubber, UI, SCRUBBER, GtkWidget)

GtkWidget *ui_scrubber_new (UiSession *session);

G_END_DECLS

#endif
