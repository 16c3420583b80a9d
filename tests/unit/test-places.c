/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Which line of a call stack is the place that a report names. */

#include <glib.h>
#include <string.h>

#include "analysis/places.h"
#include "analysis/report.h"
#include "channel/layout.h"

/* ---- A program -------------------------------------------------------------------------------- */

/* Addresses of calls: hundreds tell the module, 1000 and more have no line. */
typedef enum
{
  FETCH = 100,
  LOAD = 101,
  MAIN = 102,
  SLOT_IN_GLIB = 200,
  DISPATCH_IN_GLIB = 201,
  SLOT_IN_GIO = 300,
  START_IN_LIBC = 1400,
  NOWHERE = 5000,
  LOCK_IN_REQUEST = 400,
  LOCK_BY_ITSELF = 401,
  ALL_OF_OTHERS = 402,
  BEGINNING = 403,
} Address;

/* What the compiler has put into each other, from the outside in. */
static const DebugSymbol put_main = { "main", "src/main.c", 57, "app", 0, TRUE, NULL };
static const DebugSymbol put_request = {
  "on_request", "src/client.c", 78, "app", 0, TRUE, &put_main
};
static const DebugSymbol put_guard = {
  "lock_guard", "/usr/include/c++/12/bits/std_mutex.h", 229, "app", 0, TRUE, &put_request
};
static const DebugSymbol put_header = {
  "list_wait", "/usr/include/list.h", 5, "app", 0, TRUE, NULL
};

static const struct
{
  guint64 address;
  DebugSymbol symbol;
} symbols[] = {
  { FETCH, { "fetch", "src/client.c", 12, "app", 0, TRUE, NULL } },
  { LOAD, { "load", "src/client.c", 34, "app", 0, TRUE, NULL } },
  { MAIN, { "main", "src/main.c", 56, "app", 0, TRUE, NULL } },
  { SLOT_IN_GLIB, { "g_slot", "glib/gslot.c", 7, "libglib-2.0.so.0", 0, TRUE, NULL } },
  { DISPATCH_IN_GLIB, { "g_dispatch", NULL, 0, "libglib-2.0.so.0.7400.6", 0, TRUE, NULL } },
  { SLOT_IN_GIO, { "g_gio_slot", "gio/gslot.c", 8, "libgio-2.0.so.0", 0, TRUE, NULL } },
  { LOCK_IN_REQUEST,
    { "__gthread_mutex_lock", "/usr/include/c++/12/bits/gthr-default.h", 749, "app", 0, TRUE,
      &put_guard } },
  { LOCK_BY_ITSELF,
    { "std::mutex::lock", "/usr/include/c++/12/bits/std_mutex.h", 100, "app", 0, TRUE, NULL } },
  { ALL_OF_OTHERS, { "list_lock", "/usr/include/list.h", 4, "app", 0, TRUE, &put_header } },
  { BEGINNING, { "_start", NULL, 0, "app", 0, TRUE, NULL } },
  { START_IN_LIBC, { "__libc_start_main", NULL, 0, "libc.so.6", 0, TRUE, NULL } },
};

static guint n_lookups;

static const DebugSymbol *
symbolize (gpointer data, guint64 address, DebugAddressClass of)
{
  static const DebugSymbol none = { 0 };

  n_lookups += of != DEBUG_ADDRESS_MODULE;
  for (guint i = 0; i < G_N_ELEMENTS (symbols); i++)
    if (symbols[i].address == address)
      return &symbols[i].symbol;
  return &none;
}

typedef struct
{
  ChannelLocationClass of;
  guint n_frames;
  guint64 frames[CHANNEL_MAX_FRAMES];
} Row;

/* Location numbers are indices + 1. */
static const Row rows[] = {
  { CHANNEL_LOCATION_CALL, 1, { FETCH } },
  { CHANNEL_LOCATION_STACK, 4, { FETCH, LOAD, MAIN, START_IN_LIBC } },
  { CHANNEL_LOCATION_STACK,
    6,
    { SLOT_IN_GIO, SLOT_IN_GLIB, LOAD, DISPATCH_IN_GLIB, MAIN, START_IN_LIBC } },
  { CHANNEL_LOCATION_STACK, 2, { SLOT_IN_GIO, DISPATCH_IN_GLIB } },
  { CHANNEL_LOCATION_STACK, 3, { SLOT_IN_GLIB, NOWHERE, LOAD } },
  { CHANNEL_LOCATION_STACK, 1, { NOWHERE } },
  { CHANNEL_LOCATION_CALL, 1, { SLOT_IN_GLIB } },
  { CHANNEL_LOCATION_STACK, 9, { FETCH, LOAD, LOAD, LOAD, LOAD, LOAD, LOAD, LOAD, MAIN } },
  { CHANNEL_LOCATION_STACK, 2, { NOWHERE, START_IN_LIBC } },
  { CHANNEL_LOCATION_FUNCTION, 1, { FETCH } },
  { CHANNEL_LOCATION_CALL, 1, { LOCK_IN_REQUEST } },
  { CHANNEL_LOCATION_STACK, 3, { LOCK_IN_REQUEST, LOAD, START_IN_LIBC } },
  { CHANNEL_LOCATION_STACK, 3, { LOCK_BY_ITSELF, FETCH, MAIN } },
  { CHANNEL_LOCATION_CALL, 1, { ALL_OF_OTHERS } },
  { CHANNEL_LOCATION_STACK, 3, { NOWHERE, BEGINNING, NOWHERE } },
};

static gboolean
get_kind (gpointer data, guint32 number, ChannelKindInfo *ret_info)
{
  return FALSE;
}

static gboolean
get_location (gpointer data, guint32 number, ChannelLocationInfo *ret_info)
{
  const Row *row;

  if (number > G_N_ELEMENTS (rows))
    return FALSE;
  row = &rows[number - 1];
  *ret_info =
      (ChannelLocationInfo){ .of = row->of, .address = row->frames[0], .file = "", .function = "" };
  if (row->of == CHANNEL_LOCATION_STACK)
    {
      ret_info->frames = row->frames;
      ret_info->n_frames = row->n_frames;
    }
  return TRUE;
}

static const char *
get_string (gpointer data, guint32 offset)
{
  return "";
}

static const ModelTables tables = { get_kind, get_location, get_string };
static const char *const libraries[] = { "libglib-2.0.so.0", "libgio-2.0.so.0", NULL };

/* ---- Tests ------------------------------------------------------------------------------------ */

typedef struct
{
  const char *name;
  guint32 location;
  const char *function; /* NULL: unknown */
  const char *where;
  const char *called_from; /* names of the stack that is shown */
} Case;

static const Case cases[] = {
  { "a-call-alone", 1, "fetch", "client.c:12", "" },
  { "the-innermost-frame", 2, "fetch", "client.c:12", "load main" },
  { "outside-of-the-runtimes", 3, "load", "client.c:34", "main" },
  { "nothing-but-runtimes", 4, "g_gio_slot", "gslot.c:8", "" },
  { "not-what-is-nowhere", 5, "load", "client.c:34", "" },
  { "nowhere", 6, NULL, "", "" },
  { "a-call-within-a-runtime", 7, "g_slot", "gslot.c:7", "" },
  { "no-more-than-six", 8, "fetch", "client.c:12", "load load load load load load" },
  { "nothing-but-libc", 9, "__libc_start_main", "libc.so.6", "" },
  { "what-was-inlined", 11, "on_request", "client.c:78", "main" },
  { "what-was-inlined-in-a-stack", 12, "on_request", "client.c:78", "main load" },
  { "outside-of-system-headers", 13, "fetch", "client.c:12", "main" },
  { "nothing-but-system-headers", 14, "list_lock", "list.h:4", "" },
  { "a-beginning-for-want-of-better", 15, "_start", "app", "" },
  { "of-no-entry", 100, NULL, "", "" },
  { "of-nothing", 0, NULL, "", "" },
};

static AnalysisPlaces *
new_places (void)
{
  AnalysisPlaces *places = analysis_places_new (&tables, NULL, symbolize, NULL);

  analysis_places_set_libraries (places, libraries);
  return places;
}

static void
test_place (gconstpointer data)
{
  const Case *row = data;
  AnalysisPlaces *places = new_places ();
  const AnalysisPlace *place = analysis_places_get (places, row->location);
  GPtrArray *stack = report_stack_new (places, row->location);
  g_autoptr (GString) names = g_string_new (NULL);

  g_assert_cmpstr (place->function, ==, row->function);
  g_assert_cmpstr (place->where, ==, row->where);
  for (guint i = 0; i < stack->len; i++)
    g_string_append_printf (names, "%s%s", i > 0 ? " " : "",
                            ((ReportFrame *)stack->pdata[i])->function);
  g_assert_cmpstr (names->str, ==, row->called_from);
  g_ptr_array_unref (stack);
  analysis_places_free (places);
}

static void
test_frames (void)
{
  AnalysisPlaces *places = new_places ();
  const AnalysisPlace *const *frames;
  guint n = 7;

  g_assert_null (analysis_places_get_frames (places, 0, &n));
  g_assert_cmpuint (n, ==, 0);
  frames = analysis_places_get_frames (places, 1, &n);
  g_assert_cmpuint (n, ==, 1);
  g_assert_cmpstr (frames[0]->function, ==, "fetch");
  frames = analysis_places_get_frames (places, 3, &n);
  g_assert_cmpuint (n, ==, 5); /* not what called main() */
  g_assert_true (frames[0]->is_runtime && frames[1]->is_runtime && frames[3]->is_runtime);
  g_assert_false (frames[2]->is_runtime || frames[4]->is_runtime);
  g_assert_true (analysis_places_get (places, 3) == frames[2]);
  /* The same place of another stack. */
  g_assert_true (analysis_places_get_frames (places, 8, &n)[1] == frames[2]);
  analysis_places_free (places);
}

static void
test_each_is_asked_for_once (void)
{
  AnalysisPlaces *places = new_places ();
  guint n, before;

  /* No more frames than the place takes, and none of libraries. */
  n_lookups = 0;
  analysis_places_get (places, 3);
  g_assert_cmpuint (n_lookups, ==, 1);
  for (guint32 i = 1; i <= G_N_ELEMENTS (rows); i++)
    analysis_places_get_frames (places, i, &n);
  before = n_lookups;
  for (guint32 i = 1; i <= G_N_ELEMENTS (rows); i++)
    {
      analysis_places_get (places, i);
      analysis_places_get_frames (places, i, &n);
    }
  g_assert_cmpuint (n_lookups, ==, before);
  analysis_places_free (places);
}

/* ---- A callback that does not return ---------------------------------------------------------- */

static guint n_looks;
static guint n_on_stack;
static const guint64 on_stack[] = {
  START_IN_LIBC, FETCH, SLOT_IN_GLIB, LOAD, DISPATCH_IN_GLIB, MAIN
};

static guint
get_stack (int pid, int tid, guint64 *ret_frames, guint max)
{
  g_assert_cmpint (pid, ==, 10);
  g_assert_cmpint (tid, ==, 11);
  g_assert_cmpuint (max, >=, n_on_stack);
  n_looks++;
  memcpy (ret_frames, on_stack, n_on_stack * sizeof *on_stack);
  return n_on_stack;
}

static char *
show_stack_of_thread (AnalysisFacts *facts, gint64 since_ns)
{
  AnalysisPlaces *places = new_places ();
  /* The callback is load(), by its name. */
  ModelThread thread = { .tid = 11, .depth = 1, .polls = { { .location = 3 } } };
  ReportInput input = { .places = places, .facts = facts };
  ReportJudgement judgement = { .thread = &thread, .blocked_since_ns = since_ns };
  GPtrArray *stack = report_stack_of_thread (&input, &judgement);
  GString *names = g_string_new (NULL);

  for (guint i = 0; i < stack->len; i++)
    g_string_append_printf (names, "%s%s", i > 0 ? " " : "",
                            ((ReportFrame *)stack->pdata[i])->function);
  g_ptr_array_unref (stack);
  analysis_places_free (places);
  return g_string_free (names, FALSE);
}

static void
test_callback_that_runs (void)
{
  const AnalysisFactsSource source = { .get_stack = get_stack };
  AnalysisFacts *facts = analysis_facts_new (&source, 10);
  g_autofree char *first = NULL, *again = NULL, *later = NULL, *ended = NULL;

  n_looks = 0;
  n_on_stack = G_N_ELEMENTS (on_stack);
  first = show_stack_of_thread (facts, 1000);
  g_assert_cmpstr (first, ==, "__libc_start_main fetch load");
  /* A target is stopped for it: once for each callback that hangs. */
  again = show_stack_of_thread (facts, 1000);
  g_assert_cmpstr (again, ==, first);
  g_assert_cmpuint (n_looks, ==, 1);
  /* It has returned since. */
  n_on_stack = 3;
  later = show_stack_of_thread (facts, 2000);
  g_assert_cmpstr (later, ==, "");
  g_assert_cmpuint (n_looks, ==, 2);
  analysis_facts_set_ended (facts);
  ended = show_stack_of_thread (facts, 3000);
  g_assert_cmpstr (ended, ==, "");
  g_assert_cmpuint (n_looks, ==, 2);
  analysis_facts_free (facts);
}

static void
test_callback_that_nobody_may_see (void)
{
  const AnalysisFactsSource source = { .get_stack = get_stack }, none = { NULL };
  AnalysisFacts *facts = analysis_facts_new (&source, 10);
  g_autofree char *refused = NULL, *unasked = NULL, *unknown = NULL;

  n_on_stack = n_looks = 0;
  for (guint i = 0; i < 10; i++)
    {
      g_free (refused);
      refused = show_stack_of_thread (facts, 1000);
      g_assert_cmpstr (refused, ==, "");
    }
  /* A busy machine may have been the reason, but that is not asked for ever. */
  g_assert_cmpuint (n_looks, ==, 3);
  analysis_facts_free (facts);
  facts = analysis_facts_new (&none, 10);
  unasked = show_stack_of_thread (facts, 1000);
  g_assert_cmpstr (unasked, ==, "");
  analysis_facts_free (facts);
  unknown = show_stack_of_thread (NULL, 1000);
  g_assert_cmpstr (unknown, ==, "");
}

static void
test_call_is_in (void)
{
  AnalysisPlaces *places = new_places ();

  /* By name, where the callback has one of its own; by where it begins, which is the address of the
   * symbols here. */
  g_assert_true (analysis_places_call_is_in (places, LOAD, 3));
  g_assert_false (analysis_places_call_is_in (places, FETCH, 3));
  g_assert_false (analysis_places_call_is_in (places, NOWHERE, 3));
  g_assert_true (analysis_places_call_is_in (places, FETCH + 1, 10));
  g_assert_false (analysis_places_call_is_in (places, LOAD + 1, 10));
  g_assert_false (analysis_places_call_is_in (places, 0, 10));
  g_assert_false (analysis_places_call_is_in (places, LOAD, 0));
  g_assert_false (analysis_places_call_is_in (places, LOAD, 100));
  analysis_places_free (places);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/places/%s", cases[i].name);

      g_test_add_data_func (path, &cases[i], test_place);
    }
  g_test_add_func ("/places/frames", test_frames);
  g_test_add_func ("/places/callback-that-runs", test_callback_that_runs);
  g_test_add_func ("/places/callback-that-nobody-may-see", test_callback_that_nobody_may_see);
  g_test_add_func ("/places/call-is-in", test_call_is_in);
  g_test_add_func ("/places/each-is-asked-for-once", test_each_is_asked_for_once);
  return g_test_run ();
}
