/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "names.h"

#include <inspector-names.h>

void
ui_names_set_label (GtkWidget *label, const char *text)
{
  g_autofree char *shown = inspector_format_names (text);

  gtk_label_set_text (GTK_LABEL (label), shown);
  gtk_widget_set_tooltip_text (label, g_str_equal (shown, text) ? NULL : text);
}
