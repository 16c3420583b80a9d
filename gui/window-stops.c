/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

/* What the commands do that are about breakpoints and stepping. */

#include <glib/gi18n-lib.h>

#include "stops.h"
#include "window.h"

void
ui_window_continue (UiWindow *self)
{
  ui_session_continue (ui_window_get_session (self));
}

void
ui_window_step_await (UiWindow *self)
{
  ui_session_step (ui_window_get_session (self), INSPECTOR_STEP_AWAIT);
}

void
ui_window_step_poll (UiWindow *self)
{
  ui_session_step (ui_window_get_session (self), INSPECTOR_STEP_POLL);
}

void
ui_window_step_any (UiWindow *self)
{
  ui_session_step (ui_window_get_session (self), INSPECTOR_STEP_ANY);
}

void
ui_window_pause (UiWindow *self)
{
  ui_session_pause (ui_window_get_session (self));
}

void
ui_window_edit_breakpoints (UiWindow *self)
{
  UiSessionPage *page = ui_window_get_session_page (self);

  ui_session_page_show_view (page, "breakpoints");
  gtk_widget_grab_focus (GTK_WIDGET (ui_session_page_get_used_slot (page)));
}

void
ui_window_add_breakpoints (UiWindow *self, UiSession *session, char **texts)
{
  for (guint i = 0; texts != NULL && texts[i] != NULL; i++)
    {
      g_autoptr (GError) error = NULL;

      if (ui_session_add_breakpoint (session, texts[i], &error) == 0)
        ui_window_tell (self, error->message);
    }
}

char **
ui_window_dup_breakpoints (UiSession *session)
{
  g_autoptr (GPtrArray) list = ui_session_list_breakpoints (session);
  g_autoptr (GStrvBuilder) texts = g_strv_builder_new ();

  for (guint i = 0; i < list->len; i++)
    g_strv_builder_add (texts, ((const InspectorBreakpoint *)list->pdata[i])->text);
  return g_strv_builder_end (texts);
}
