/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "named-button.h"

void
ui_named_button_set (GtkWidget *widget, const char *name)
{
  gtk_widget_set_tooltip_text (widget, name);
  gtk_accessible_update_property (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

GtkWidget *
ui_named_button_new (const char *icon, const char *name)
{
  GtkWidget *button = gtk_button_new ();

  /* Not gtk_button_new_from_icon_name(), which makes the icon a part of the name. */
  gtk_button_set_child (GTK_BUTTON (button), gtk_image_new_from_icon_name (icon));
  gtk_widget_add_css_class (button, "image-button");
  ui_named_button_set (button, name);
  return button;
}

GtkWidget *
ui_named_button_new_text (const char *text, const char *name)
{
  GtkWidget *button = gtk_button_new ();

  /* The same: a label of the button's own would be said before the name. */
  gtk_button_set_child (GTK_BUTTON (button), gtk_label_new_with_mnemonic (text));
  gtk_widget_add_css_class (button, "text-button");
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  return button;
}
