/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "harness.h"
#include "loops.h"

#include "context.h"
#include "funcs.h"
#include "plugin.h"

static int n_dispatched;
static int n_finalized;

static gboolean
dispatch (GSource *source, GSourceFunc callback, gpointer data)
{
  n_dispatched++;
  return G_SOURCE_REMOVE;
}

static void
finalize (GSource *source)
{
  n_finalized++;
}

static GSourceFuncs writable = { .dispatch = dispatch, .finalize = finalize };
static const GSourceFuncs constant = { .dispatch = dispatch, .finalize = finalize };

static void
use (GSourceFuncs *funcs)
{
  GSource *source = g_source_new (funcs, sizeof (GSource));

  n_dispatched = n_finalized = 0;
  g_source_set_ready_time (source, 0);
  g_source_attach (source, NULL);
  g_source_unref (source);
  loops_drain (NULL);
  g_assert_cmpint (n_dispatched, ==, 1);
  g_assert_cmpint (n_finalized, ==, 1);
}

static void
test_writable (void)
{
  use (&writable);
  g_assert_cmpuint (harness_count (EVENT_POLL_BEGIN, "glib.source"), ==, 1);
  g_assert_true (harness_is_in (harness_first (EVENT_POLL_BEGIN, "glib.source"), dispatch));
}

/* The page of a constant stays as it is: a program that writes there still fails. */
static void
test_constant (void)
{
  use ((GSourceFuncs *)&constant);
  g_assert_cmpuint (harness_count (EVENT_POLL_BEGIN, "glib.source"), ==, 1);
  if (g_test_subprocess ())
    {
      *(volatile gpointer *)&((GSourceFuncs *)&constant)->prepare = NULL;
      return;
    }
}

static void
test_constant_stays_constant (void)
{
  g_test_trap_subprocess ("/glib/funcs/constant", 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_failed ();
}

/* A table that was made from another one that is followed calls what that one would call. */
static void
test_copied (void)
{
  GSourceFuncs *copy;

  use (&writable);
  copy = g_memdup2 (&writable, sizeof writable);
  use (copy);
  g_assert_cmpuint (harness_count (EVENT_POLL_BEGIN, "glib.source"), ==, 2);
  g_assert_true (harness_is_in (harness_nth (EVENT_POLL_BEGIN, "glib.source", 1), dispatch));
  /* stop() leaves alone what is in the program's own memory: it may be anything by then. */
  g_free (copy);
}

static gboolean
on_idle (gpointer data)
{
  n_dispatched++;
  return G_SOURCE_REMOVE;
}

static gboolean
dispatch_as_idle (GSource *source, GSourceFunc callback, gpointer data)
{
  return g_idle_funcs.dispatch (source, on_idle, NULL);
}

static void
test_called_by_hand (void)
{
  static GSourceFuncs own = { .dispatch = dispatch_as_idle, .finalize = finalize };

  use (&own);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_END, "glib.source"), ==, 1);
}

static void
test_too_many (void)
{
  GSourceFuncs *tables = g_new0 (GSourceFuncs, 200);
  unsigned int n_followed = 0;

  /* Functions that are never called, so any address will do. */
  for (unsigned int i = 0; i < 200; i++)
    {
      tables[i].dispatch =
          (gboolean (*) (GSource *, GSourceFunc, gpointer)) (uintptr_t)(0x1000 + i);
      n_followed += funcs_follow (&tables[i]);
      if (!funcs_follow (&tables[i]))
        g_assert_true ((uintptr_t)tables[i].dispatch == 0x1000 + i);
    }
  g_assert_cmpuint (n_followed, <, 128);
  g_assert_cmpuint (n_followed, >, 64);
  g_assert_false (funcs_follow (NULL));
  g_free (tables);
}

static void
test_stop_gives_them_back (void)
{
  gboolean (*followed) (GSource *, GSourceFunc, gpointer) = g_idle_funcs.dispatch;
  guint id;

  id = g_timeout_add_seconds (1000, on_idle, NULL);
  context_forget ();
  harness_stop_plugin ();
  g_assert_true (g_idle_funcs.dispatch != followed);
  g_assert_true ((Callback)g_idle_funcs.dispatch == funcs_get_original ((Callback)followed));
  g_assert_true (writable.dispatch == dispatch);
  harness_clear ();
  g_idle_add (on_idle, NULL);
  loops_drain (NULL);
  g_assert_cmpint (n_dispatched, >, 0);
  g_assert_true (g_source_remove (id));
  g_assert_cmpuint (harness_count (EVENT_POLL_BEGIN, NULL), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  harness_install ();
  loops_add ("/glib/funcs/writable", test_writable);
  loops_add ("/glib/funcs/constant", test_constant);
  loops_add ("/glib/funcs/constant-stays-constant", test_constant_stays_constant);
  loops_add ("/glib/funcs/copied", test_copied);
  loops_add ("/glib/funcs/called-by-hand", test_called_by_hand);
  loops_add ("/glib/funcs/stop-gives-them-back", test_stop_gives_them_back);
  loops_add ("/glib/funcs/too-many", test_too_many);
  return g_test_run ();
}
