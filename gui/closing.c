/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "closing.h"

#include <glib/gi18n-lib.h>

typedef struct
{
  UiWindow *window;
  GPtrArray *running; /* UiSession */
  UiClosingFunc func;
  gpointer data;
  gboolean ends, goes_on;
} Closing;

static void
write_recordings (UiWindow *window, GPtrArray *sessions)
{
  for (guint i = 0; i < sessions->len; i++)
    {
      g_autofree char *path = g_strdup (ui_session_get_record_path (sessions->pdata[i]));
      g_autoptr (GError) error = NULL;

      if (path == NULL)
        continue;
      ui_session_set_record_path (sessions->pdata[i], NULL);
      if (!ui_session_save (sessions->pdata[i], path, &error))
        g_printerr ("async-inspect-gui: %s\n", error->message);
    }
}

static gboolean
on_decided (gpointer data)
{
  Closing *closing = data;

  if (closing->ends)
    for (guint i = 0; i < closing->running->len; i++)
      ui_session_stop (closing->running->pdata[i]);
  if (closing->goes_on)
    write_recordings (closing->window, closing->running);
  closing->func (closing->window, closing->goes_on, closing->data);
  g_ptr_array_unref (closing->running);
  g_object_unref (closing->window);
  g_free (closing);
  return G_SOURCE_REMOVE;
}

/* The window is not to go while the dialog, which stands above it, still uses it. */
static void
on_response (AdwMessageDialog *dialog, const char *response, gpointer data)
{
  Closing *closing = data;

  closing->ends = g_str_equal (response, "end");
  closing->goes_on = !g_str_equal (response, "cancel");
  gtk_window_set_transient_for (GTK_WINDOW (dialog), NULL);
  g_idle_add (on_decided, closing);
}

static void
ask (Closing *closing)
{
  guint n = closing->running->len;
  g_autofree char *body = NULL;
  GtkWidget *dialog = adw_message_dialog_new (
      GTK_WINDOW (closing->window), ngettext ("End the program?", "End the programs?", n), NULL);

  body = n == 1
             ? g_strdup_printf (_ ("“%s” still runs. Left alone it goes on, and is inspected no "
                                   "longer."),
                                ui_session_get_title (closing->running->pdata[0]))
             : g_strdup_printf (ngettext ("%u program still runs. Left alone it goes on, and is "
                                          "inspected no longer.",
                                          "%u programs still run. Left alone they go on, and are "
                                          "inspected no longer.",
                                          n),
                                n);
  adw_message_dialog_set_body (ADW_MESSAGE_DIALOG (dialog), body);
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _ ("_Cancel"), "leave",
                                    _ ("_Leave it running"), "end", _ ("_End it"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "end",
                                              ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "end");
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  g_signal_connect (dialog, "response", G_CALLBACK (on_response), closing);
  gtk_window_present (GTK_WINDOW (dialog));
}

void
ui_window_ask_to_close (UiWindow *window, GPtrArray *sessions, UiClosingFunc func, gpointer data)
{
  Closing *closing;
  GPtrArray *running = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GPtrArray) others = g_ptr_array_new ();

  for (guint i = 0; i < sessions->len; i++)
    if (ui_session_has_program (sessions->pdata[i]))
      g_ptr_array_add (running, g_object_ref (sessions->pdata[i]));
    else
      g_ptr_array_add (others, sessions->pdata[i]);
  if (running->len == 0)
    {
      write_recordings (window, others);
      g_ptr_array_unref (running);
      func (window, TRUE, data);
      return;
    }
  closing = g_new0 (Closing, 1);
  *closing = (Closing){ g_object_ref (window), running, func, data, FALSE, FALSE };
  ask (closing);
}
