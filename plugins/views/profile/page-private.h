/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef PROFILE_PAGE_PRIVATE_H
#define PROFILE_PAGE_PRIVATE_H

/* Between page.c, which makes and shows it, and page-commands.c, which does what is asked of it. */

#include "compare-page.h"
#include "flame-page.h"
#include "overview.h"
#include "page.h"
#include "sidebar.h"
#include "table-page.h"

G_BEGIN_DECLS

struct _ProfilePage
{
  GtkWidget parent_instance;
  UiSession *session;
  ProfileData *data; /* NULL: none yet */
  guint program;     /* that is shown; G_MAXUINT: all */

  GtkWidget *stack; /* loading, failed, shown */
  GtkWidget *trouble;
  GtkWidget *box;
  GtkWidget *range_bar, *range_label;
  GtkWidget *programs;
  GtkWidget *spinner;
  GtkStack *pages;
  ProfileSidebar *sidebar;
  ProfileOverview *overview;
  ProfileFlamePage *flame;
  ProfileTablePage *tables[INSPECTOR_PROFILE_N_TABLES];
  ProfileComparePage *compare;

  GCancellable *cancellable; /* of what is being made; NULL: nothing is */
  guint source;
  gboolean is_stale;
  gint64 begun_us, made_us, gap_us;
};

G_END_DECLS

#endif
