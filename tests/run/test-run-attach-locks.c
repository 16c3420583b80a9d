/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* `attach` to programs whose threads wait for locks since before: each is found, with who holds it where the lock says
 * so. A machine with little time finds it later, so that each is looked for again and again. */

#include <stdlib.h>
#include <string.h>

#include "subject.h"

#define MAX_TRIES 30
#define N_SHORT_TRIES 3

typedef struct
{
  const char *program, *what;
  const char *function, *label; /* that waits, and its line; NULL: in no box, and no line */
  const char *lock, *holder;    /* what is said of it, beginning and end */
} LockCase;

static const LockCase lock_cases[] = {
  { "attach-waits", "writer", "read_prices", "WAITS: read",
    "read-write lock “prices”, held by attach-waits (task", "since before it was looked at" },
  { "attach-waits", "writer", "write_prices", "WAITS: write",
    "read-write lock “prices”, held by attach-waits (task", "since before it was looked at" },
  { "attach-waits", "readers", "write_prices", "WAITS: write",
    "read-write lock “prices”: who holds it is not known", "since before it was looked at" },
  { "attach-waits", "gmutex", "use_catalogue", "WAITS: catalogue",
    "GMutex “catalogue”: who holds it is not known", "since before it was looked at" },
  { "attach-waits", "self", NULL, NULL,
    "Deadlock: a thread waits for a lock that it holds itself, since before it was looked at",
    "it holds mutex “ledger”" },
  { "attach-waits", "conditions", NULL, "WAITS: goods",
    "waiting for a condition (shelves[1].filled)", "; who signals it is not known" },
  { "attach-waits", "conditions", NULL, "WAITS: opening", "waiting for a condition (opened)",
    "; who signals it is not known" },
  { "attach-waits", "conditions", NULL, "WAITS: stock", "waiting for a condition (restocked)",
    "; who signals it is not known" },
  { "attach-waits", "conditions", NULL, "WAITS: cart", "waiting for a semaphore (carts)",
    "; who posts it is not known" },
  { "attach-locks", "", NULL, NULL,
    "Deadlock: 2 tasks hold locks and wait for each other's, since before it was looked at",
    "waits in transfer at attach-locks.c:" },
  { "attach-locks", "joined", NULL, NULL,
    "Deadlock: 2 tasks hold locks and wait for each other's, since before it was looked at",
    "waits in transfer at attach-locks.c:" },
};

/* Text that was wrapped, as it was before. */
static char *
dup_one_line (const char *text)
{
  g_autoptr (GRegex) space = g_regex_new ("\\s+", 0, 0, NULL);

  return g_regex_replace_literal (space, text, -1, 0, " ", 0, NULL);
}

/* On a machine that has little time for it, the first look comes late. */
static char *
attach (const Subject *subject, gboolean only_looks, guint try)
{
  RunResult result;
  char *text;

  run_plain (&result, PROGRAM ("attach", only_looks ? "--look" : "--no-payload", "--for",
                               try < N_SHORT_TRIES ? "700ms" : "4s", "--stuck-after", "50ms",
                               "--output", "-", "--pid", subject->pid));
  g_test_message ("%s%s", result.out, result.err);
  text = dup_one_line (result.out);
  run_result_clear (&result);
  return text;
}

static gboolean
is_told (const LockCase *row, const char *text)
{
  g_autofree char *source = g_strconcat (row->program, ".c", NULL);
  g_autofree char *place = NULL;

  if (row->label == NULL)
    place = g_strdup ("");
  else
    place = g_strdup_printf (row->function != NULL ? "(%s:%u) "
                                                   : " at %s:%u, since before it was looked at",
                             source, run_label_line (source, row->label));

  return strstr (text, place) != NULL && strstr (text, row->lock) != NULL &&
         strstr (text, row->holder) != NULL &&
         (row->function == NULL || strstr (text, row->function) != NULL);
}

static void
test_found (gconstpointer only_looks)
{
  for (gsize i = 0; i < G_N_ELEMENTS (lock_cases); i++)
    {
      const LockCase *row = &lock_cases[i];
      g_autofree char *program = run_app (row->program);
      gboolean is_found = FALSE;
      Subject subject;

      subject_begin (&subject, PROGRAM (program, row->what));
      if (!subject_may_be_attached_to (&subject))
        is_found = TRUE;
      for (guint n = 0; n < MAX_TRIES && !is_found; n++)
        {
          g_autofree char *text = attach (&subject, only_looks != NULL, n);

          is_found = is_told (row, text);
          /* Nobody waits in nothing but a library. */
          g_assert_null (strstr (text, " in ?, since before"));
        }
      if (!is_found)
        g_error ("%s %s: %s", row->program, row->what, row->lock);
      subject_end (&subject, "still here");
    }
}

/* Who begins to wait when somebody looks is told of once, with the holder that the lock notes. */
static void
test_told_once (void)
{
  g_autofree char *program = run_app ("attach-waits");
  g_autofree char *held = NULL;
  gboolean is_found = FALSE;
  Subject subject;

  subject_begin (&subject, PROGRAM (program, "later"));
  held = g_strdup_printf ("mutex ledger, held by thread %s when the wait began", subject.pid);
  if (subject_may_be_attached_to (&subject))
    {
      const char *argv[] = { g_getenv ("TEST_ASYNC_INSPECT"),
                             "attach",
                             "--for",
                             "60s",
                             "--stuck-after",
                             "50ms",
                             "--output",
                             "-",
                             "--pid",
                             subject.pid,
                             NULL };
      g_autoptr (GError) error = NULL;
      g_autoptr (GSubprocess) inspector =
          g_subprocess_newv (argv, G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error);
      g_autoptr (GDataInputStream) lines = NULL;
      g_autofree char *text = g_strdup ("");
      gboolean is_asked = FALSE;
      char *line;

      g_assert_no_error (error);
      lines = g_data_input_stream_new (g_subprocess_get_stdout_pipe (inspector));
      /* The first that is seen waits since before; then the other one may begin. */
      while (!is_found && (line = g_data_input_stream_read_line (lines, NULL, NULL, NULL)) != NULL)
        {
          g_autofree char *before = g_steal_pointer (&text);
          g_autofree char *both = g_strconcat (before, " ", line, NULL);

          text = dup_one_line (both);
          is_found = strstr (text, "when the wait began") != NULL;
          if (!is_asked && strstr (text, "held by attach-waits") != NULL)
            {
              is_asked = g_output_stream_write_all (g_subprocess_get_stdin_pipe (subject.process),
                                                    "\n", 1, NULL, NULL, NULL);
              line = g_data_input_stream_read_line (subject.lines, NULL, NULL, NULL);
              g_assert_cmpstr (line, ==, "both");
            }
        }
      g_test_message ("%s", text);
      g_assert_true (is_found);
      g_assert_nonnull (strstr (text, held));
      /* As often as there are threads. */
      g_assert_null (strstr (text, "3 tasks are stuck"));
      g_subprocess_send_signal (inspector, 2);
      g_subprocess_wait (inspector, NULL, NULL);
    }
  subject_end (&subject, "still here");
}

/* The pid of the only child; 0: that cannot be told. */
static int
find_child (const char *pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%s/task/%s/children", pid, pid);
  g_autofree char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) ? atoi (text) : 0;
}

/* There threads have numbers of their own, and locks note those. */
static void
test_in_a_container (gconstpointer only_looks)
{
#define IN_A_CONTAINER "unshare", "--user", "--map-root-user", "--pid", "--fork", "--mount-proc"
  const LockCase *row = &lock_cases[0];
  g_autofree char *program = run_app (row->program);
  g_autofree char *ends = g_find_program_in_path ("true");
  gboolean is_found = FALSE;
  Subject subject;
  int status = -1, child;

  if (ends == NULL ||
      !g_spawn_sync (NULL, (char **)PROGRAM (IN_A_CONTAINER, ends), NULL,
                     G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL,
                     NULL, NULL, NULL, NULL, &status, NULL) ||
      status != 0)
    {
      g_test_skip ("nobody may make a pid namespace here");
      return;
    }
  subject_begin (&subject, PROGRAM (IN_A_CONTAINER, program, row->what));
  child = find_child (subject.pid);
  if (child == 0)
    g_test_skip ("the kernel does not tell whose child is whose");
  else
    {
      g_free (subject.pid);
      subject.pid = g_strdup_printf ("%d", child);
      is_found = !subject_may_be_attached_to (&subject);
    }
  for (guint n = 0; n < MAX_TRIES && child != 0 && !is_found; n++)
    {
      g_autofree char *text = attach (&subject, only_looks != NULL, n);

      is_found = is_told (row, text);
    }
  g_assert_true (is_found || child == 0);
  subject_end (&subject, "still here");
}

static void
test_healthy (void)
{
  g_autofree char *program = run_app ("attach-locks");
  Subject subject;
  RunResult result;

  subject_begin (&subject, PROGRAM (program, "healthy"));
  run_plain (&result, PROGRAM ("attach", "--for", "1s", "--stuck-after", "5s", "--output", "-",
                               "--pid", subject.pid));
  g_test_message ("%s%s", result.out, result.err);
  g_assert_null (strstr (result.out, "Deadlock"));
  g_assert_null (strstr (result.out, "stuck, "));
  run_result_clear (&result);
  subject_end (&subject, "still here");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/run/attach-locks/found", NULL, test_found);
  g_test_add_data_func ("/run/attach-locks/found-by-looks", "", test_found);
  g_test_add_data_func ("/run/attach-locks/in-a-container", NULL, test_in_a_container);
  g_test_add_data_func ("/run/attach-locks/in-a-container-by-looks", "", test_in_a_container);
  g_test_add_func ("/run/attach-locks/told-once", test_told_once);
  g_test_add_func ("/run/attach-locks/healthy", test_healthy);
  return g_test_run ();
}
