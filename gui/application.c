/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "application.h"

#include <locale.h>
#include <malloc.h>
#include <stdlib.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include <inspector-process.h>

#include "commands.h"
#include "latency.h"
#include "picture.h"
#include "window.h"

/* Pictures of a window's size are not given back to the kernel after each frame. */
#define KEEP_BYTES (64 << 20)

static UiWindow *
get_window (GtkApplication *application)
{
  GtkWindow *window = gtk_application_get_active_window (application);

  return window != NULL && UI_IS_WINDOW (window) ? UI_WINDOW (window) : ui_window_new (application);
}

/* ---- Pictures for tests ------------------------------------------------------------------------ */

typedef struct
{
  GtkWidget *window;
  char *path;
  guint n_frames;
  gulong handler;
} Picture;

/* Frames that are waited for: what was changed by then has found its place. */
#define SETTLING_FRAMES 3

/* After a frame all has its place. Into another file first, so that who waits for the picture finds it
 * whole. */
static void
on_picture_frame (GdkFrameClock *clock, Picture *picture)
{
  g_autofree char *part = NULL;
  g_autoptr (GError) error = NULL;

  if (++picture->n_frames < SETTLING_FRAMES)
    {
      gtk_widget_queue_draw (picture->window);
      return;
    }
  g_signal_handler_disconnect (clock, picture->handler);
  part = g_strconcat (picture->path, ".part", NULL);
  if (!ui_picture_save (picture->window, part, &error) || g_rename (part, picture->path) != 0)
    g_printerr ("async-inspect-gui: no picture of the window: %s\n",
                error != NULL ? error->message : picture->path);
  g_object_unref (picture->window);
  g_free (picture->path);
  g_free (picture);
}

/* A dialog of it, and one of that: without a window manager it has not got the focus, and is in front all the same. */
static GtkWindow *
find_front (GtkWindow *window)
{
  g_autoptr (GListModel) all = g_object_ref (gtk_window_get_toplevels ());

  for (guint i = 0; i < g_list_model_get_n_items (all); i++)
    {
      g_autoptr (GtkWindow) other = g_list_model_get_item (all, i);

      if (gtk_window_get_transient_for (other) == window &&
          gtk_widget_get_mapped (GTK_WIDGET (other)))
        return find_front (other);
    }
  return window;
}

/* What the window in front shows, as a PNG: no tool of the display is needed for it. */
static void
on_write_picture (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  GtkWindow *window = gtk_application_get_active_window (data);
  Picture *picture;

  if (window == NULL || !gtk_widget_get_mapped (GTK_WIDGET (window)))
    return;
  window = find_front (window);
  picture = g_new0 (Picture, 1);
  picture->window = g_object_ref (GTK_WIDGET (window));
  picture->path = g_variant_dup_string (parameter, NULL);
  picture->handler = g_signal_connect (gtk_widget_get_frame_clock (picture->window), "after-paint",
                                       G_CALLBACK (on_picture_frame), picture);
  gtk_widget_queue_draw (picture->window);
}

static const GActionEntry actions[] = {
  { .name = "write-picture", .activate = on_write_picture, .parameter_type = "s" },
};

static void
on_startup (GApplication *application)
{
  GtkCssProvider *style = gtk_css_provider_new ();

  g_action_map_add_action_entries (G_ACTION_MAP (application), actions, G_N_ELEMENTS (actions),
                                   application);
  /* GTK takes the direction from the locale alone, and a machine that tests has few of these. */
  if (g_strcmp0 (g_getenv ("ASYNC_INSPECT_GUI_DIRECTION"), "rtl") == 0)
    gtk_widget_set_default_direction (GTK_TEXT_DIR_RTL);
  gtk_window_set_default_icon_name (APP_ID);
  ui_latency_start (application);
  ui_commands_set_keys (GTK_APPLICATION (application));
  gtk_css_provider_load_from_resource (style, "/io/github/async_inspect/style.css");
  gtk_style_context_add_provider_for_display (gdk_display_get_default (),
                                              GTK_STYLE_PROVIDER (style),
                                              GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
  g_object_unref (style);
}

static void
on_activate (GApplication *application)
{
  gtk_window_present (GTK_WINDOW (get_window (GTK_APPLICATION (application))));
}

/* ---- The command line -------------------------------------------------------------------------- */

static void
attach (UiWindow *window, int pid, char **breaks)
{
  g_autoptr (InspectorProcess) process = pid > 0 ? inspector_process_look_up (pid) : NULL;
  g_autofree char *line = NULL;

  if (process != NULL)
    {
      ui_window_attach (window, pid, inspector_process_get_command (process), breaks);
      return;
    }
  line = g_strdup_printf (_ ("cannot attach to %d: there is no such process; the start page lists "
                             "them"),
                          pid);
  ui_window_tell (window, line);
}

static int
on_command_line (GApplication *application, GApplicationCommandLine *line)
{
  GVariantDict *options = g_application_command_line_get_options_dict (line);
  UiWindow *window = g_variant_dict_contains (options, "new-window")
                         ? ui_window_new (GTK_APPLICATION (application))
                         : get_window (GTK_APPLICATION (application));
  g_auto (GStrv) arguments = g_application_command_line_get_arguments (line, NULL);
  g_auto (GStrv) environment = NULL;
  g_auto (GStrv) breaks = NULL;
  g_autofree char *folder = NULL;
  UiLaunchWords words = { NULL };
  int pid;

  g_variant_dict_lookup (options, "env", "^as", &environment);
  g_variant_dict_lookup (options, "break", "^as", &breaks);
  if (!g_variant_dict_lookup (options, "directory", "^ay", &folder))
    folder = g_strdup (g_application_command_line_get_cwd (line));
  gtk_window_present (GTK_WINDOW (window));
  for (guint i = 1; arguments[i] != NULL; i++)
    {
      g_autoptr (GFile) file = NULL;
      g_autofree char *path = NULL;

      if (g_str_equal (arguments[i], "--"))
        {
          /* See dup_arguments(). */
          if (arguments[i + 1] != NULL && g_str_equal (arguments[i + 1], "--"))
            i++;
          words = (UiLaunchWords){ arguments + i + 1, environment, folder, breaks };
          break;
        }
      file = g_application_command_line_create_file_for_arg (line, arguments[i]);
      path = g_file_get_path (file);
      if (path != NULL)
        ui_window_open_path (window, path);
    }
  if (words.argv != NULL && words.argv[0] != NULL)
    ui_window_launch (window, &words);
  if (g_variant_dict_lookup (options, "pid", "i", &pid))
    attach (window, pid, breaks);
  return 0;
}

/* GOption takes a "--" away where something with a dash follows, and what is a program would be a file: a
 * second one is put there. */
static char **
dup_arguments (int argc, char **argv)
{
  GPtrArray *arguments = g_ptr_array_new ();
  gboolean is_program = FALSE;

  for (int i = 0; i < argc; i++)
    {
      g_ptr_array_add (arguments, g_strdup (argv[i]));
      if (!is_program && i > 0 && g_str_equal (argv[i], "--"))
        {
          g_ptr_array_add (arguments, g_strdup ("--"));
          is_program = TRUE;
        }
    }
  g_ptr_array_add (arguments, NULL);
  return (char **)g_ptr_array_free (arguments, FALSE);
}

static int
on_local_options (GApplication *application, GVariantDict *options)
{
  if (g_variant_dict_contains (options, "version"))
    {
      g_print ("async-inspect-gui %s\n", PACKAGE_VERSION);
      return EXIT_SUCCESS;
    }
  if (g_variant_dict_contains (options, "list-commands"))
    {
      g_autofree char *text = ui_commands_to_manual ();

      g_print ("%s", text);
      return EXIT_SUCCESS;
    }
  /* Without one GTK would end us without a word of what to do. */
  if (!gtk_init_check ())
    {
      g_printerr ("async-inspect-gui: %s\n",
                  _ ("cannot open a display: neither WAYLAND_DISPLAY nor DISPLAY leads to one; use "
                     "async-inspect run in a terminal instead"));
      return EXIT_FAILURE;
    }
  return -1;
}

static const GOptionEntry entries[] = {
  { "version", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("Print the version"), NULL },
  { "list-commands", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, NULL, NULL, NULL },
  { "new-window", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("Open another window"), NULL },
  { "break", 'b', 0, G_OPTION_ARG_STRING_ARRAY, NULL,
    N_ ("Stop PROGRAM, or the process, at WHERE; it is written as for async-inspect run"),
    N_ ("WHERE") },
  { "pid", 'p', 0, G_OPTION_ARG_INT, NULL, N_ ("Attach to a process that runs"), N_ ("PID") },
  { "directory", 'C', 0, G_OPTION_ARG_FILENAME, NULL, N_ ("Start PROGRAM in DIR"), N_ ("DIR") },
  { "env", 'e', 0, G_OPTION_ARG_STRING_ARRAY, NULL, N_ ("Set a variable of PROGRAM's environment"),
    N_ ("NAME=VALUE") },
  { NULL },
};

/* Without a GPU GTK draws by a GL that computes every pixel itself; cairo takes a third of its time. */
static void
choose_renderer (void)
{
  g_autoptr (GDir) devices = g_dir_open ("/dev/dri", 0, NULL);
  const char *name;

  while (devices != NULL && (name = g_dir_read_name (devices)) != NULL)
    if (g_str_has_prefix (name, "render"))
      return;
  g_setenv ("GSK_RENDERER", "cairo", FALSE);
}

int
ui_application_run (int argc, char **argv)
{
  g_auto (GStrv) arguments = dup_arguments (argc, argv);
  g_autoptr (AdwApplication) application = NULL;

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  choose_renderer ();
  mallopt (M_MMAP_THRESHOLD, KEEP_BYTES);
  mallopt (M_TRIM_THRESHOLD, KEEP_BYTES * 8);
  application = adw_application_new (APP_ID, G_APPLICATION_HANDLES_COMMAND_LINE);
  g_application_add_main_option_entries (G_APPLICATION (application), entries);
  g_application_set_option_context_parameter_string (G_APPLICATION (application),
                                                     _ ("[RECORDING…] [-- PROGRAM [ARGUMENT…]]"));
  g_signal_connect (application, "startup", G_CALLBACK (on_startup), NULL);
  g_signal_connect (application, "activate", G_CALLBACK (on_activate), NULL);
  g_signal_connect (application, "command-line", G_CALLBACK (on_command_line), NULL);
  g_signal_connect (application, "handle-local-options", G_CALLBACK (on_local_options), NULL);
  return g_application_run (G_APPLICATION (application), (int)g_strv_length (arguments), arguments);
}
