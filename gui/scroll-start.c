/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "scroll-start.h"

/* Set on the adjustment: somebody has scrolled to the side. */
static const char was_scrolled[] = "ui-was-scrolled";

static double
get_start (GtkAdjustment *adjustment)
{
  return MAX (gtk_adjustment_get_upper (adjustment) - gtk_adjustment_get_page_size (adjustment), 0);
}

/* It is wider than before, or there is another room for it. */
static void
on_changed (GtkAdjustment *adjustment, GtkWidget *scrolled)
{
  if (gtk_widget_get_direction (scrolled) == GTK_TEXT_DIR_RTL &&
      g_object_get_data (G_OBJECT (adjustment), was_scrolled) == NULL)
    gtk_adjustment_set_value (adjustment, get_start (adjustment));
}

static void
on_value_changed (GtkAdjustment *adjustment, GtkWidget *scrolled)
{
  gboolean is_at_start = gtk_adjustment_get_value (adjustment) >= get_start (adjustment) - 1;

  g_object_set_data (G_OBJECT (adjustment), was_scrolled,
                     is_at_start ? NULL : (gpointer)was_scrolled);
}

void
ui_scroll_start_keep (GtkWidget *scrolled)
{
  GtkAdjustment *adjustment = gtk_scrolled_window_get_hadjustment (GTK_SCROLLED_WINDOW (scrolled));

  g_signal_connect_object (adjustment, "changed", G_CALLBACK (on_changed), scrolled, 0);
  g_signal_connect_object (adjustment, "value-changed", G_CALLBACK (on_value_changed), scrolled, 0);
}
