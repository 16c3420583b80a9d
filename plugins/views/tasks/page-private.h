/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TASKS_PAGE_PRIVATE_H
#define TASKS_PAGE_PRIVATE_H

/* Between page.c, which shows, and page-commands.c, which does what is asked of the line that is selected, and saves. */

#include <query-entry.h>

#include "list.h"
#include "loader.h"
#include "page.h"

G_BEGIN_DECLS

struct _TasksPage
{
  GtkWidget parent_instance;
  UiSession *session;
  TasksLoader *loader;
  TasksModel *model;

  GtkWidget *box, *stack, *list, *entry, *groups, *ended, *counts;
  GtkWidget *menu;
  GtkWidget *empty, *empty_button;
  guint64 chosen_group; /* key of a group that is selected here, while no task is; 0 */
  guint64 wanted;       /* task that is to be scrolled to, once it is there; 0 */
  gboolean
      is_asked; /* the next table answers what somebody asked for: it is shown from its begin */
  guint waits_source;
};

/* The line that is selected: FALSE: none is. */
gboolean tasks_page_get_line (TasksPage *page, guint *ret_line);

G_END_DECLS

#endif
