/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "no-task.h"

#include <adwaita.h>
#include <glib/gi18n-lib.h>

#include "watch.h"

const char *
ui_no_task_get_reason (UiSession *session)
{
  switch (ui_session_get_state (session))
    {
    case UI_SESSION_RECORDED:
      return _ ("Nothing that could be read of it tells of a task.");
    case UI_SESSION_ENDED:
      return _ ("The program has ended, and nothing that was seen of it was a task.");
    default:
      return NULL;
    }
}

static void
on_changed (GtkWidget *page, UiChange changes)
{
  const char *reason = ui_no_task_get_reason (g_object_get_data (G_OBJECT (page), "session"));
  const char *yet = g_object_get_data (G_OBJECT (page), "yet");

  adw_status_page_set_title (ADW_STATUS_PAGE (page),
                             reason != NULL ? _ ("No task") : _ ("No task yet"));
  adw_status_page_set_description (ADW_STATUS_PAGE (page), reason != NULL ? reason : yet);
}

GtkWidget *
ui_no_task_page_new (UiSession *session, const char *yet)
{
  GtkWidget *page = adw_status_page_new ();

  adw_status_page_set_icon_name (ADW_STATUS_PAGE (page), "document-open-recent-symbolic");
  g_object_set_data_full (G_OBJECT (page), "session", g_object_ref (session), g_object_unref);
  g_object_set_data_full (G_OBJECT (page), "yet", g_strdup (yet), g_free);
  on_changed (page, UI_CHANGE_STATE);
  ui_session_watch (session, page, UI_CHANGE_STATE, on_changed);
  return page;
}
