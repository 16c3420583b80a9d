/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "commands.h"

#include <glib/gi18n-lib.h>

#include "stops.h"

static const char session_group[] = N_ ("Session");
static const char stop_group[] = N_ ("Breakpoints");
static const char time_group[] = N_ ("Time");
static const char views_group[] = N_ ("Views");
static const char app_group[] = N_ ("App");

static const UiCommand commands[] = {
  { "new-tab", app_group, N_ ("New tab"), "<Control>t", ui_window_new_tab, UI_NEEDS_NOTHING },
  { "new-window", app_group, N_ ("New window"), "<Control>n", ui_window_new_window,
    UI_NEEDS_NOTHING },
  { "open", app_group, N_ ("Open a recording…"), "<Control>o", ui_window_open, UI_NEEDS_NOTHING },
  { "palette", app_group, N_ ("Find a command"), "<Control><Shift>p", ui_window_show_palette,
    UI_NEEDS_NOTHING },
  { "help", app_group, N_ ("What this view shows, and its keys"), "F1", ui_window_show_help,
    UI_NEEDS_NOTHING },
  { "shortcuts", app_group, N_ ("Keyboard shortcuts"), "<Control>question",
    ui_window_show_shortcuts, UI_NEEDS_NOTHING },
  { "close-tab", app_group, N_ ("Close the tab"), "<Control>w", ui_window_close_tab,
    UI_NEEDS_NOTHING },
  { "about", app_group, N_ ("About async-inspect"), NULL, ui_window_show_about, UI_NEEDS_NOTHING },
  { "quit", app_group, N_ ("Quit"), "<Control>q", ui_window_quit, UI_NEEDS_NOTHING },
  { "save", session_group, N_ ("Save what has happened as a recording…"), "<Control>s",
    ui_window_save, UI_NEEDS_SESSION },
  { "record", session_group, N_ ("Record from the beginning on, or end that and write it…"),
    "<Control><Shift>r", ui_window_record, UI_NEEDS_SESSION },
  { "stop", session_group, N_ ("Ask the program to end; a second time, kill it"),
    "<Control><Shift>k", ui_window_stop, UI_NEEDS_SESSION },
  { "again", session_group, N_ ("Start the program again"), "<Control>r", ui_window_again,
    UI_NEEDS_SESSION },
  { "trouble", session_group, N_ ("Go to what is wrong"), "F8", ui_window_go_to_trouble,
    UI_NEEDS_SESSION },
  { "continue", stop_group, N_ ("Go on from where the program stands still"), "F5",
    ui_window_continue, UI_NEEDS_STOP },
  { "step-await", stop_group, N_ ("Go on until this task begins to wait"), "F7",
    ui_window_step_await, UI_NEEDS_STOP },
  { "step-poll", stop_group, N_ ("Go on until this task runs again"), "<Shift>F7",
    ui_window_step_poll, UI_NEEDS_STOP },
  { "step-any", stop_group, N_ ("Go on until anything happens"), "<Control>F7", ui_window_step_any,
    UI_NEEDS_STOP },
  { "pause", stop_group, N_ ("Stop every thread at its next event"), "<Shift>F5", ui_window_pause,
    UI_NEEDS_PROGRAM },
  { "breakpoint", stop_group, N_ ("Add a breakpoint…"), "<Control><Shift>b",
    ui_window_edit_breakpoints, UI_NEEDS_PROGRAM },
  { "follow", time_group, N_ ("Follow what happens, or pause"), "<Control>space", ui_window_follow,
    UI_NEEDS_SESSION },
  { "first", time_group, N_ ("Go to the first thing that happened"), "<Control>Home",
    ui_window_go_first, UI_NEEDS_SESSION },
  { "last", time_group, N_ ("Go to the last thing that happened"), "<Control>End",
    ui_window_go_last, UI_NEEDS_SESSION },
  { "back", time_group, N_ ("A hundredth back in time"), "<Control>comma", ui_window_go_back,
    UI_NEEDS_SESSION },
  { "on", time_group, N_ ("A hundredth on in time"), "<Control>period", ui_window_go_on,
    UI_NEEDS_SESSION },
  { "mark", time_group, N_ ("Mark this instant, or take its mark away"), "<Control>m",
    ui_window_mark, UI_NEEDS_SESSION },
  { "next-mark", time_group, N_ ("Go to the next mark"), "<Control><Shift>m", ui_window_next_mark,
    UI_NEEDS_SESSION },
  { "no-range", time_group, N_ ("Select no stretch of time"), "<Control>Escape",
    ui_window_clear_range, UI_NEEDS_SESSION },
  { "next-view", views_group, N_ ("Next view"), "<Control>Page_Down", ui_window_next_view,
    UI_NEEDS_SESSION },
  { "previous-view", views_group, N_ ("Previous view"), "<Control>Page_Up", ui_window_previous_view,
    UI_NEEDS_SESSION },
  { "panel", views_group, N_ ("Show or hide the panel"), "F9", ui_window_toggle_panel,
    UI_NEEDS_SESSION },
  { "picture", views_group, N_ ("Save the view's picture (PNG, SVG)…"), "<Control><Shift>s",
    ui_window_save_picture, UI_NEEDS_SESSION },
  { "table", views_group, N_ ("Save the view's table (CSV)…"), "<Control><Shift>e",
    ui_window_save_table, UI_NEEDS_SESSION },
};

const UiCommand *
ui_commands_get (guint *ret_n)
{
  *ret_n = G_N_ELEMENTS (commands);
  return commands;
}

static void
on_activate (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  const UiCommand *command = g_object_get_data (G_OBJECT (action), "command");

  command->run (data);
}

void
ui_commands_install (UiWindow *window)
{
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      g_autoptr (GSimpleAction) action = g_simple_action_new (commands[i].id, NULL);

      g_object_set_data (G_OBJECT (action), "command", (gpointer)&commands[i]);
      g_signal_connect (action, "activate", G_CALLBACK (on_activate), window);
      g_action_map_add_action (G_ACTION_MAP (window), G_ACTION (action));
    }
}

gboolean
ui_commands_can_run (const UiCommand *command, UiWindow *window)
{
  UiSession *session = ui_window_get_session (window);

  switch (command->needs)
    {
    case UI_NEEDS_NOTHING:
      return TRUE;
    case UI_NEEDS_SESSION:
      return session != NULL;
    case UI_NEEDS_PROGRAM:
      return session != NULL && ui_session_can_break (session);
    case UI_NEEDS_STOP:
      return session != NULL && ui_session_get_stop (session) != NULL;
    }
  return FALSE;
}

void
ui_commands_update (UiWindow *window)
{
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      GAction *action = g_action_map_lookup_action (G_ACTION_MAP (window), commands[i].id);

      g_simple_action_set_enabled (G_SIMPLE_ACTION (action),
                                   ui_commands_can_run (&commands[i], window));
    }
}

void
ui_commands_set_keys (GtkApplication *application)
{
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      g_autofree char *name = g_strconcat ("win.", commands[i].id, NULL);
      g_auto (GStrv) keys = NULL;

      if (commands[i].keys == NULL)
        continue;
      keys = g_strsplit (commands[i].keys, "|", -1);
      gtk_application_set_accels_for_action (application, name, (const char *const *)keys);
    }
}

char *
ui_commands_dup_keys_label (const char *keys)
{
  g_auto (GStrv) all = g_strsplit (keys, "|", -1);
  GString *text = g_string_new (NULL);

  for (guint i = 0; all[i] != NULL; i++)
    {
      guint key;
      GdkModifierType modifiers;
      g_autofree char *label = NULL;

      if (!gtk_accelerator_parse (all[i], &key, &modifiers))
        continue;
      label = gtk_accelerator_get_label (key, modifiers);
      g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "", label);
    }
  return g_string_free (text, FALSE);
}

/* Keys as they are written on a keyboard, for a manual has no display to ask. */
static char *
dup_written_keys (const char *keys)
{
  static const char *const words[][2] = {
    { "<Control>", "Ctrl+" }, { "<Shift>", "Shift+" },
    { "<Alt>", "Alt+" },      { "question", "?" },
    { "comma", "," },         { "period", "." },
    { "space", "Space" },     { "Page_Down", "PageDown" },
    { "Page_Up", "PageUp" },  { "Escape", "Esc" },
  };
  g_auto (GStrv) all = g_strsplit (keys, "|", -1);

  for (guint i = 0; all[i] != NULL; i++)
    {
      GString *text = g_string_new (all[i]);
      gsize last;

      for (guint j = 0; j < G_N_ELEMENTS (words); j++)
        g_string_replace (text, words[j][0], words[j][1], 0);
      last = text->len - 1;
      if (last == 0 || text->str[last - 1] == '+')
        text->str[last] = g_ascii_toupper (text->str[last]);
      g_free (all[i]);
      all[i] = g_string_free (text, FALSE);
    }
  return g_strjoinv (", ", all);
}

char *
ui_commands_to_manual (void)
{
  GString *text = g_string_new (NULL);
  const char *group = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      g_autofree char *keys =
          commands[i].keys != NULL ? dup_written_keys (commands[i].keys) : g_strdup ("(menu)");

      if (commands[i].group != group)
        g_string_append_printf (text, ".SS %s\n", commands[i].group);
      group = commands[i].group;
      g_string_append_printf (text, ".TP\n.B %s\n%s\n", keys, commands[i].label);
    }
  g_string_replace (text, "…", "...", 0);
  return g_string_free (text, FALSE);
}
