/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef UI_SESSION_PAGE_H
#define UI_SESSION_PAGE_H

#include <adwaita.h>

#include "session-private.h"
#include "view-slot.h"

G_BEGIN_DECLS

/* How a program was started, so that it can be started again. */
typedef struct
{
  char **argv;
  char **environment; /* "NAME=VALUE" */
  char *folder;       /* (nullable) */
  char **breaks;      /* (nullable): breakpoints that it has from its begin on */
} UiLaunchWords;
UiLaunchWords *ui_launch_words_copy (const UiLaunchWords *words);
void ui_launch_words_free (UiLaunchWords *words);

/* One session: what is wrong, the views, the panel, the scrubber. */
#define UI_TYPE_SESSION_PAGE (ui_session_page_get_type ())
G_DECLARE_FINAL_TYPE (UiSessionPage, ui_session_page, UI, SESSION_PAGE, GtkWidget)

/* @words: (nullable): takes a copy */
GtkWidget *ui_session_page_new (UiSession *session, const UiLaunchWords *words);
UiSession *ui_session_page_get_session (UiSessionPage *page);
const UiLaunchWords *ui_session_page_get_words (UiSessionPage *page); /* (nullable) */
AdwViewStack *ui_session_page_get_stack (UiSessionPage *page);
/* The view that is looked at. */
UiViewSlot *ui_session_page_get_slot (UiSessionPage *page);
/* The view that was used last: it may be the one in the panel. */
UiViewSlot *ui_session_page_get_used_slot (UiSessionPage *page);
void ui_session_page_show_view (UiSessionPage *page, const char *id);
void ui_session_page_go_to_trouble (UiSessionPage *page);
gboolean ui_session_page_get_panel_shown (UiSessionPage *page);
void ui_session_page_set_panel_shown (UiSessionPage *page, gboolean shown);
/* "live · 3 tasks · 2 records lost", for the header; (transfer full) */
char *ui_session_page_dup_status (UiSessionPage *page);
/* Class of style.css that goes with it. */
const char *ui_session_page_get_status_style (UiSessionPage *page);
/* Keeps zoom, marks and filters beside the recording. */
void ui_session_page_save_state (UiSessionPage *page);

G_END_DECLS

#endif
