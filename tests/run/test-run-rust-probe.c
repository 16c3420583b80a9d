/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The probe of Rust's futures by itself, on a program that runs, on one whose memory is damaged, and on what one has
 * left: what it says of each. */

#include "cargo.h"
#include "fixture.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <glib/gstdio.h>

#include "dump.h"
#include "target/probed.h"

#define PROJECT "rust"

static char *why_skipped; /* NULL: they are built */

static char *
dup_program (void)
{
  return run_cargo_program (PROJECT, "waits");
}

/* ---- Damage ------------------------------------------------------------------------------------------ */

#define N_DAMAGED_LOOKS 40

typedef struct
{
  const InspectorProbeTarget *whole;
  GRand *random;
  guint damage; /* one word in so many */
  guint n_tasks, n_awaits, n_bytes;
} Damaged;

static gboolean
is_file (const Damaged *self, guint64 address)
{
  for (guint i = 0; i < self->whole->n_regions; i++)
    if (address >= self->whole->regions[i].begin && address < self->whole->regions[i].end)
      return self->whole->regions[i].is_module;
  return FALSE;
}

/* What the program has allocated, with words that are noise, another word near it, or a little off. */
static void
damage (Damaged *self, guint64 address, void *buffer, gsize length)
{
  guint64 *words = buffer;
  gsize n = length / sizeof *words;

  if (self->damage == 0 || n == 0 || address % 8 != 0 || is_file (self, address))
    return;
  for (gsize i = g_rand_int_range (self->random, 0, (gint32)self->damage); i < n;
       i += 1 + (gsize)g_rand_int_range (self->random, 0, 2 * (gint32)self->damage))
    switch (g_rand_int_range (self->random, 0, 4))
      {
      case 0:
        words[i] = (guint64)g_rand_int (self->random) << 32 | g_rand_int (self->random);
        break;
      case 1:
        words[i] = words[g_rand_int_range (self->random, 0, (gint32)n)];
        break;
      case 2:
        words[i] += (guint64)(gint64)g_rand_int_range (self->random, -64, 64);
        break;
      default:
        words[i] = address + 8 * (gsize)g_rand_int_range (self->random, 0, 512);
        break;
      }
}

static gboolean
read_damaged (gpointer data, guint64 address, void *buffer, gsize length)
{
  Damaged *self = data;

  if (!self->whole->read (self->whole->data, address, buffer, length))
    return FALSE;
  damage (self, address, buffer, length);
  return TRUE;
}

static void
read_many_damaged (gpointer data, InspectorProbeRead *reads, guint n)
{
  for (guint i = 0; i < n; i++)
    reads[i].is_read = read_damaged (data, reads[i].address, reads[i].buffer, reads[i].length);
}

/* Where threads are is known; what lies on their stacks is damaged. */
static gboolean
get_damaged_stack (gpointer data, const InspectorProbeThread *thread, gboolean may_stop,
                   InspectorProbeStack *ret_stack)
{
  const Damaged *self = data;

  return self->whole->get_stack (self->whole->data, thread, may_stop, ret_stack);
}

static gboolean
is_never_cancelled (gpointer data)
{
  return FALSE;
}

static void
count_task (gpointer data, const InspectorProbeTask *task)
{
  Damaged *self = data;

  self->n_tasks++;
  self->n_awaits += task->n_awaits;
  for (guint i = 0; i < task->n_awaits; i++)
    for (guint j = 0; j < task->awaits[i].n_frames; j++)
      {
        const InspectorProbeFrame *frame = &task->awaits[i].frames[j];

        self->n_bytes += strlen (frame->place.function);
        for (guint k = 0; k < frame->n_variables; k++)
          {
            g_assert_true (g_utf8_validate (frame->variables[k].value, -1, NULL));
            self->n_bytes += strlen (frame->variables[k].value);
          }
      }
}

static const InspectorProbe *
load_probe (void)
{
  g_autofree char *path =
      g_build_filename (g_getenv ("ASYNC_INSPECT_PLUGIN_PATH"), "rust", "rust.so", NULL);
  void *module = dlopen (path, RTLD_NOW);
  const InspectorProbe *probe = module != NULL ? dlsym (module, INSPECTOR_PROBE_SYMBOL) : NULL;

  if (probe == NULL)
    g_error ("%s: %s", path, dlerror ());
  return probe;
}

/* Whatever a program has in its memory, looking at it ends, and soon. */
static void
test_damaged_memory_is_looked_at (void)
{
  g_autofree char *program = dup_program ();
  const InspectorProbe *probe;
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (TargetProbed) target = NULL;
  g_autoptr (GRand) random = g_rand_new_with_seed (7);
  g_autofree char *detail = NULL;
  g_autofree char *warning = NULL;
  Damaged damaged = { .random = random };
  InspectorProbeSink sink = { sizeof sink, &damaged, count_task };
  gpointer opened;
  guint n_whole;

  if (run_cargo_is_missing (why_skipped))
    return;
  probe = load_probe ();
  process = run_cargo_start (program, "waits", "60");
  target = target_probed_new (atoi (g_subprocess_get_identifier (process)), NULL);
  damaged.whole = target_probed_look (target);
  if (damaged.whole == NULL || damaged.whole->n_modules == 0)
    {
      g_test_skip ("the memory of a child cannot be read here");
      g_subprocess_force_exit (process);
      g_subprocess_wait (process, NULL, NULL);
      return;
    }
  opened = probe->open (damaged.whole, &detail, &warning);
  g_assert_nonnull (opened);
  g_assert_cmpstr (detail, ==, "tokio");
  g_assert_true (probe->look (opened, damaged.whole, &sink));
  n_whole = damaged.n_tasks;
  g_assert_cmpuint (n_whole, >=, 17);
  for (guint i = 0; i < N_DAMAGED_LOOKS; i++)
    {
      InspectorProbeTarget other = *damaged.whole;

      other.data = &damaged;
      other.read = read_damaged;
      other.read_many = read_many_damaged;
      other.is_cancelled = is_never_cancelled;
      other.get_stack = get_damaged_stack;
      damaged.damage = 4u << i % 8;
      damaged.n_tasks = damaged.n_awaits = damaged.n_bytes = 0;
      probe->look (opened, &other, &sink);
      g_assert_cmpuint (damaged.n_tasks, <, 100 * n_whole);
      g_assert_cmpuint (damaged.n_bytes, <, 64u << 20);
    }
  probe->close (opened);
  g_subprocess_force_exit (process);
  g_subprocess_wait (process, NULL, NULL);
}

/* ---- What one has left ------------------------------------------------------------------------------ */

/* All that was said of one task, but for what only a process has: ids of waits are made of addresses of
 * the inspector's own. */
static void
write_task (gpointer data, const InspectorProbeTask *task)
{
  GString *text = g_string_new (NULL);

  g_string_append_printf (text, "%" G_GINT64_MODIFIER "x %d %s:%u\n", task->id, task->state,
                          task->place.function, task->place.line);
  for (guint i = 0; i < task->n_awaits; i++)
    {
      const InspectorProbeAwait *await = &task->awaits[i];

      g_string_append_printf (
          text, "  %s of %" G_GINT64_MODIFIER "x, task %" G_GINT64_MODIFIER "x\n",
          await->kind->name, await->resource != NULL ? await->resource->id : 0, await->task);
      for (guint j = 0; j < await->n_attributes; j++)
        g_string_append_printf (text, "  %s=%" G_GINT64_MODIFIER "x %s\n",
                                await->attributes[j].key->name, await->attributes[j].value,
                                await->attributes[j].text);
      for (guint j = 0; j < await->n_frames; j++)
        {
          const InspectorProbeFrame *frame = &await->frames[j];

          g_string_append_printf (text, "    %s:%u\n", frame->place.function, frame->place.line);
          for (guint k = 0; k < frame->n_variables; k++)
            g_string_append_printf (text, "      %s=%s\n", frame->variables[k].name,
                                    frame->variables[k].value);
        }
    }
  for (guint i = 0; i < task->n_holds; i++)
    g_string_append_printf (text, "  holds %" G_GINT64_MODIFIER "x:%u\n",
                            task->holds[i].resource->id, task->holds[i].place.line);
  g_ptr_array_add (data, g_string_free (text, FALSE));
}

static int
compare_texts (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *)a, *(char *const *)b);
}

/* (transfer full): what a look finds, as one text; NULL: it cannot be read */
static char *
describe_all (const InspectorProbe *probe, TargetProbed *probed)
{
  g_autoptr (GPtrArray) tasks = g_ptr_array_new_with_free_func (g_free);
  InspectorProbeSink sink = { sizeof sink, tasks, write_task };
  const InspectorProbeTarget *target = target_probed_look (probed);
  g_autofree char *detail = NULL;
  g_autofree char *warning = NULL;
  gpointer opened;

  if (target == NULL || target->n_modules == 0)
    return NULL;
  opened = probe->open (target, &detail, &warning);
  g_assert_nonnull (opened);
  g_assert_true (probe->look (opened, target, &sink));
  probe->close (opened);
  g_ptr_array_sort (tasks, compare_texts);
  g_ptr_array_add (tasks, NULL);
  return g_strjoinv ("", (char **)tasks->pdata);
}

/* It has said that it is ready, and goes to sleep then; NULL: it cannot be read. */
static char *
describe_at_rest (const InspectorProbe *probe, TargetProbed *probed)
{
  g_autofree char *before = NULL;

  for (guint i = 0; i < 1000; i++)
    {
      g_autofree char *text = describe_all (probe, probed);

      if (text == NULL || (strstr (text, "real_main:") != NULL && g_strcmp0 (text, before) == 0))
        return g_steal_pointer (&text);
      g_free (before);
      before = g_steal_pointer (&text);
    }
  g_error ("it does not come to rest");
}

static char *
describe_core (const InspectorProbe *probe, const char *path)
{
  g_autofree char *warning = NULL;
  g_autoptr (GError) error = NULL;
  TargetCore *core = target_core_open (path, NULL, &warning, &error);
  g_autoptr (TargetProbed) probed = NULL;

  g_assert_no_error (error);
  g_assert_cmpstr (warning, ==, NULL);
  probed = target_probed_new_core (core, NULL);
  return describe_all (probe, probed);
}

/* "6258" of "tokio-rt-worker (6258)": no core file has the names of threads. */
static void
cut_thread_names (char **text)
{
  g_autoptr (GRegex) names = g_regex_new ("(rust\\.thread=0) .* \\((\\d+)\\)", 0, 0, NULL);
  char *cut = g_regex_replace (names, *text, -1, 0, "\\1 \\2", 0, NULL);

  g_free (*text);
  *text = cut;
}

/* Tasks, functions, lines, variables, waits and locks, all of them. */
static void
test_a_core_file_is_as_what_runs (gconstpointer scenario)
{
  g_autofree char *program = dup_program ();
  g_autofree char *live = NULL;
  g_autofree char *written = NULL;
  g_autofree char *left = NULL;
  g_autoptr (TargetProbed) probed = NULL;
  const InspectorProbe *probe;
  Dumped dumped;

  if (run_cargo_is_missing (why_skipped))
    return;
  probe = load_probe ();
  dumped_begin (&dumped, PROGRAM (program, scenario, "2", "120"));
  probed = target_probed_new (dumped.pid, NULL);
  live = describe_at_rest (probe, probed);
  if (live != NULL)
    cut_thread_names (&live);
  written = live != NULL ? dumped_write (&dumped) : NULL;
  left = live != NULL ? dumped_abort (&dumped) : NULL;
  g_test_message ("%s", live);
  if (live == NULL || (written == NULL && left == NULL))
    g_test_skip ("there is no gcore, and the kernel writes core files elsewhere");
  if (written != NULL)
    {
      g_autofree char *text = describe_core (probe, written);

      g_assert_cmpstr (text, ==, live);
    }
  if (left != NULL)
    {
      g_autofree char *text = describe_core (probe, left);

      g_assert_cmpstr (text, ==, live);
    }
  dumped_end (&dumped);
}

static void
test_a_core_file_has_the_deadlock (void)
{
  g_autofree char *program = dup_program ();
  g_autofree char *first = run_cargo_place (PROJECT, "src", "AWAIT: first");
  g_autofree char *path = NULL;
  RunResult result;
  Dumped dumped;

  if (run_cargo_is_missing (why_skipped))
    return;
  dumped_begin (&dumped, PROGRAM (program, "locks", "0", "120"));
  path = dumped_write (&dumped);
  if (path == NULL)
    path = dumped_abort (&dumped);
  if (path == NULL)
    g_test_skip ("there is no gcore, and the kernel writes core files elsewhere");
  else
    {
      run_plain (&result, PROGRAM ("open", path));
      g_test_message ("%s", result.out);
      g_assert_nonnull (strstr (result.out, "Deadlock: 2 tasks"));
      g_assert_nonnull (strstr (result.out, first));
      g_assert_null (strstr (result.out, " 0 ns"));
      run_result_clear (&result);
    }
  dumped_end (&dumped);
}

/* ---- Less than all debug info ------------------------------------------------------------------------- */

typedef struct
{
  const char *name;
  const char *debug; /* as a Cargo profile has it */
  gboolean is_stripped;
  const char *says;
  gboolean has_names;
  gboolean is_packed; /* what is missing was in a file beside it */
} LessCase;

static const LessCase less_cases[] = {
  { "line-tables", "line-tables-only", FALSE, "has line tables alone", TRUE },
  { "symbols", "0", FALSE, "has no debug info", TRUE },
  { "nothing", "0", TRUE, "neither debug info nor symbols", FALSE },
  { "package-lost", "2", FALSE, ".dwo is not there", TRUE, TRUE },
};

/* (transfer full) (nullable): the program as that profile makes it */
static char *
build_with_less (const LessCase *test)
{
  g_autofree char *target = run_cargo_target (PROJECT);
  const char *of = test->is_packed ? "packed" : test->debug;
  g_autofree char *folder = g_strconcat (target, "-", of, NULL);
  g_autofree char *program = g_build_filename (folder, "debug", "waits", NULL);
  g_autofree char *copy = g_build_filename (folder, "debug", "copy", NULL);
  g_autofree char *why = NULL;
  RunResult result;

  g_setenv ("CARGO_PROFILE_DEV_DEBUG", test->debug, TRUE);
  if (test->is_packed)
    g_setenv ("CARGO_PROFILE_DEV_SPLIT_DEBUGINFO", "packed", TRUE);
  why = run_cargo_build (PROJECT, PROGRAM ("--bins", "--target-dir", folder));
  g_unsetenv ("CARGO_PROFILE_DEV_SPLIT_DEBUGINFO");
  g_unsetenv ("CARGO_PROFILE_DEV_DEBUG");
  if (why != NULL)
    {
      g_test_skip (why);
      return NULL;
    }
  if (!test->is_stripped && !test->is_packed)
    return g_steal_pointer (&program);
  run_bare (&result, test->is_stripped ? PROGRAM ("strip", "-o", copy, program)
                                       : PROGRAM ("cp", program, copy));
  g_assert_cmpint (result.status, ==, 0);
  run_result_clear (&result);
  return g_steal_pointer (&copy);
}

typedef struct
{
  guint n_tasks, n_joins, n_named;
} Less;

static void
count_less (gpointer data, const InspectorProbeTask *task)
{
  Less *less = data;

  less->n_tasks++;
  less->n_joins += task->n_awaits > 0 && task->awaits[0].task != 0;
  less->n_named += task->name == NULL && task->place.function != NULL;
  if (task->name != NULL)
    g_assert_true (g_str_has_prefix (task->name, "task "));
}

/* All tasks are there, who waits for whose end, their names where anything has them; and what would show
 * the rest. */
static void
test_less_debug_info (gconstpointer data)
{
  const LessCase *test = data;
  g_autofree char *program = NULL;
  g_autofree char *detail = NULL;
  g_autofree char *warning = NULL;
  g_autoptr (TargetProbed) probed = NULL;
  const InspectorProbe *probe;
  const InspectorProbeTarget *target;
  gpointer opened = NULL;
  Less less = { 0 };
  InspectorProbeSink sink = { sizeof sink, &less, count_less };
  Dumped dumped;

  if (run_cargo_is_missing (why_skipped) || (program = build_with_less (test)) == NULL)
    return;
  probe = load_probe ();
  dumped_begin (&dumped, PROGRAM (program, "waits", "2", "200"));
  probed = target_probed_new (dumped.pid, NULL);
  target = target_probed_look (probed);
  if (target != NULL && target->n_modules > 0)
    opened = probe->open (target, &detail, &warning);
  if (target == NULL || target->n_modules == 0)
    g_test_skip ("the memory of a child cannot be read here");
  else
    {
      g_assert_nonnull (opened);
      g_assert_nonnull (strstr (warning, test->says));
      g_assert_true (test->is_packed || strstr (warning, "debug = true") != NULL);
      /* A task that is polled at this moment is there and waits for nothing. */
      for (guint i = 0; i < 1000 && less.n_joins == 0; i++)
        {
          less = (Less){ 0 };
          probe->look (opened, target_probed_look (probed), &sink);
        }
      g_assert_cmpuint (less.n_tasks, ==, 17);
      g_assert_cmpuint (less.n_joins, ==, 1);
      g_assert_cmpuint (less.n_named, ==, test->has_names ? 17 : 0);
      probe->close (opened);
    }
  dumped_end (&dumped);
}

/* ---- Tasks that run ----------------------------------------------------------------------------------- */

/* ":12\n" of the line with that label. */
static char *
dup_run_line (const char *label)
{
  g_autofree char *marker = g_strconcat ("RUNS: ", label, NULL);
  g_autofree char *place = run_cargo_place (PROJECT, "src", marker);

  return g_strconcat (strchr (place, ':'), "\n", NULL);
}

/* Where a task is that is polled its memory does not tell, its thread's stack does: of one that sleeps in a
 * call, and of one that runs, which is stopped for that. Both run on. */
static void
test_tasks_that_run (void)
{
  g_autofree char *program = dup_program ();
  g_autofree char *sleeps = dup_run_line ("sleeps");
  g_autofree char *reckons = dup_run_line ("reckon");
  g_autofree char *calls = dup_run_line ("runs");
  g_autoptr (TargetProbed) probed = NULL;
  const InspectorProbe *probe;
  gboolean is_asleep = FALSE, is_running = FALSE;
  Dumped dumped;

  if (run_cargo_is_missing (why_skipped))
    return;
  probe = load_probe ();
  dumped_begin (&dumped, PROGRAM (program, "running", "4", "200"));
  probed = target_probed_new (dumped.pid, NULL);
  target_probed_allow_stops (probed);
  for (guint i = 0; i < 200 && !(is_asleep && is_running); i++)
    {
      g_autofree char *text = describe_all (probe, probed);

      if (text == NULL)
        {
          g_test_skip ("the memory of a child cannot be read here");
          break;
        }
      is_asleep |= strstr (text, "rust.asleep") != NULL &&
                   strstr (text, "rust.call=0 sleep") != NULL && strstr (text, sleeps) != NULL;
      is_running |= strstr (text, "rust.running") != NULL && strstr (text, reckons) != NULL &&
                    strstr (text, calls) != NULL;
      if (i == 199)
        g_error ("it is not seen where they run:\n%s", text);
    }
  dumped_end (&dumped);
}

/* Debug info does not say of which type a method is, and the name of its function does. */
static void
test_methods_that_run (void)
{
  g_autofree char *program = dup_program ();
  g_autofree char *method = dup_run_line ("method");
  g_autofree char *of_trait = dup_run_line ("trait");
  g_autoptr (TargetProbed) probed = NULL;
  const InspectorProbe *probe;
  gboolean is_seen = FALSE;
  Dumped dumped;

  if (run_cargo_is_missing (why_skipped))
    return;
  probe = load_probe ();
  dumped_begin (&dumped, PROGRAM (program, "methods", "4", "200"));
  probed = target_probed_new (dumped.pid, NULL);
  for (guint i = 0; i < 200 && !is_seen; i++)
    {
      g_autofree char *text = describe_all (probe, probed);

      if (text == NULL)
        {
          g_test_skip ("the memory of a child cannot be read here");
          break;
        }
      is_seen = strstr (text, method) != NULL && strstr (text, of_trait) != NULL;
      if (i == 199)
        g_error ("it is not seen where they run:\n%s", text);
    }
  dumped_end (&dumped);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  why_skipped = run_cargo_build (PROJECT, PROGRAM ("--bins"));
  for (guint i = 0; i < G_N_ELEMENTS (less_cases); i++)
    {
      g_autofree char *path =
          g_strconcat ("/run/rust-probe/less-debug-info/", less_cases[i].name, NULL);

      g_test_add_data_func (path, &less_cases[i], test_less_debug_info);
    }
  g_test_add_func ("/run/rust-probe/tasks-that-run", test_tasks_that_run);
  g_test_add_func ("/run/rust-probe/methods-that-run", test_methods_that_run);
  g_test_add_func ("/run/rust-probe/damaged-memory-is-looked-at", test_damaged_memory_is_looked_at);
  g_test_add_data_func ("/run/rust-probe/a-core-file-is-as-what-runs/waits", "waits",
                        test_a_core_file_is_as_what_runs);
  g_test_add_data_func ("/run/rust-probe/a-core-file-is-as-what-runs/locks", "locks",
                        test_a_core_file_is_as_what_runs);
  g_test_add_data_func ("/run/rust-probe/a-core-file-is-as-what-runs/jobs", "jobs",
                        test_a_core_file_is_as_what_runs);
  g_test_add_func ("/run/rust-probe/a-core-file-has-the-deadlock",
                   test_a_core_file_has_the_deadlock);
  return g_test_run ();
}
