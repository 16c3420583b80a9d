/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "session/probe-look.h"

#include <string.h>
#include <time.h>
#include "session/probe-before.h"
#include "target/probed.h"

#define MAX_TASKS (2u * 1000 * 1000)
/* Threads are what several probes tell of, and there are not more of them. */
#define MAX_JOINED 4096u

/* ---- A copy of what is said --------------------------------------------------------------------- */

static ProbeLook *
look_new (void)
{
  ProbeLook *look = g_new0 (ProbeLook, 1);

  look->texts = g_string_chunk_new (16384);
  look->blocks = g_ptr_array_new_with_free_func (g_free);
  look->tasks = g_array_new (FALSE, FALSE, sizeof (InspectorProbeTask));
  look->parts = g_array_new (FALSE, FALSE, sizeof (ProbeLookPart));
  look->is_whole = TRUE;
  return look;
}

void
probe_look_free (ProbeLook *look)
{
  if (look == NULL)
    return;
  g_string_chunk_free (look->texts);
  g_ptr_array_unref (look->blocks);
  g_array_unref (look->tasks);
  g_array_unref (look->parts);
  g_free (look);
}

#define BLOCK_BYTES (64u * 1024)

/* One piece behind the other: there may be a million of them. */
static gpointer
keep (ProbeLook *look, gconstpointer items, gsize size, guint n)
{
  gsize length = (size * n + 7) & ~(gsize)7;
  gpointer copy;

  if (n == 0)
    return NULL;
  if (length > look->block_left)
    {
      look->block_left = MAX (BLOCK_BYTES, length);
      look->block = g_malloc (look->block_left);
      g_ptr_array_add (look->blocks, look->block);
    }
  copy = look->block;
  look->block += length;
  look->block_left -= length;
  memcpy (copy, items, size * n);
  return copy;
}

/* Text of a plugin, which has it from memory of the program. */
static const char *
keep_text (ProbeLook *look, const char *text)
{
  g_autofree char *valid = NULL;
  ProbeLookText *recent;

  if (text == NULL)
    return NULL;
  /* Names of functions and files are the same pieces of memory again and again; other text may lie where
   * something else did. */
  recent = &look->recent[((gsize)text >> 3) % PROBE_LOOK_N_RECENT];
  if (recent->from == text && strcmp (recent->kept, text) == 0)
    return recent->kept;
  recent->from = text;
  if (g_utf8_validate (text, -1, NULL))
    return recent->kept = g_string_chunk_insert_const (look->texts, text);
  valid = g_utf8_make_valid (text, -1);
  recent->from = NULL;
  return g_string_chunk_insert_const (look->texts, valid);
}

static void
keep_place (ProbeLook *look, InspectorProbePlace *place)
{
  place->function = keep_text (look, place->function);
  place->file = keep_text (look, place->file);
}

static const InspectorProbeAttribute *
keep_attributes (ProbeLook *look, const InspectorProbeAttribute *attributes, guint n, guint *ret_n)
{
  InspectorProbeAttribute *copy = keep (look, attributes, sizeof *attributes, n);
  guint n_kept = 0;

  for (guint i = 0; i < n; i++)
    {
      /* A time is nothing where there is no now. */
      if (!look->has_clock && attributes[i].key->flags == INSPECT_VALUE_TIME)
        continue;
      copy[n_kept] = attributes[i];
      copy[n_kept++].text = keep_text (look, attributes[i].text);
    }
  *ret_n = n_kept;
  return copy;
}

static const InspectorProbeResource *
keep_resource (ProbeLook *look, const InspectorProbeResource *resource)
{
  InspectorProbeResource *copy = NULL;

  if (resource != NULL)
    copy = keep (look, resource, sizeof *resource, 1);
  if (copy != NULL)
    copy->attributes =
        keep_attributes (look, copy->attributes, copy->n_attributes, &copy->n_attributes);
  return copy;
}

static void
keep_frame (ProbeLook *look, InspectorProbeFrame *frame)
{
  InspectorProbeVariable *variables =
      keep (look, frame->variables, sizeof *frame->variables, frame->n_variables);

  keep_place (look, &frame->place);
  for (guint i = 0; i < frame->n_variables; i++)
    {
      variables[i].name = keep_text (look, variables[i].name);
      variables[i].value = keep_text (look, variables[i].value);
      variables[i].type = keep_text (look, variables[i].type);
    }
  frame->variables = variables;
}

static void
keep_await (ProbeLook *look, InspectorProbeAwait *await)
{
  InspectorProbeFrame *frames = keep (look, await->frames, sizeof *await->frames, await->n_frames);

  for (guint i = 0; i < await->n_frames; i++)
    keep_frame (look, &frames[i]);
  await->frames = frames;
  await->resource = keep_resource (look, await->resource);
  await->attributes =
      keep_attributes (look, await->attributes, await->n_attributes, &await->n_attributes);
}

/* It is there for what the task holds alone: another wait of it says more. */
static gboolean
says_nothing (const InspectorProbeAwait *await)
{
  const guint32 rests = INSPECT_AWAIT_REPEATS | INSPECT_AWAIT_WATCHES;

  return await->resource == NULL && await->task == 0 && (await->kind->flags & rests) == rests;
}

/* Of what several probes say of one task. */
static void
join (ProbeLook *look, InspectorProbeTask *into, const InspectorProbeTask *more)
{
  InspectorProbeAwait *awaits = g_new (InspectorProbeAwait, into->n_awaits + more->n_awaits + 1);
  InspectorProbeHold *holds = g_new (InspectorProbeHold, into->n_holds + more->n_holds + 1);
  guint n = 0;

  for (guint i = 0; i < into->n_awaits; i++)
    if (!says_nothing (&into->awaits[i]) || more->n_awaits == 0)
      awaits[n++] = into->awaits[i];
  for (guint i = 0; i < more->n_awaits; i++)
    if (!says_nothing (&more->awaits[i]) || n == 0)
      awaits[n++] = more->awaits[i];
  into->awaits = keep (look, awaits, sizeof *awaits, n);
  into->n_awaits = n;
  memcpy (holds, into->holds, into->n_holds * sizeof *holds);
  memcpy (holds + into->n_holds, more->holds, more->n_holds * sizeof *holds);
  into->n_holds += more->n_holds;
  into->holds = keep (look, holds, sizeof *holds, into->n_holds);
  g_free (awaits);
  g_free (holds);
}

/* Those of the probe that is asked are each another one. */
static InspectorProbeTask *
find_said_before (ProbeLook *look, const InspectorProbeTask *task)
{
  if (look->n_others > MAX_JOINED)
    return NULL;
  for (guint i = look->n_before; i < look->n_others; i++)
    {
      InspectorProbeTask *before = &g_array_index (look->tasks, InspectorProbeTask, i);

      if (before->id == task->id && before->serial == task->serial)
        return before;
    }
  return NULL;
}

static void
on_task (gpointer data, const InspectorProbeTask *said)
{
  ProbeLook *look = data;
  InspectorProbeTask task = *said;
  InspectorProbeTask *before = find_said_before (look, said);
  InspectorProbeAwait *awaits;
  InspectorProbeHold *holds;
  InspectorProbeStep *steps;

  if (look->tasks->len >= MAX_TASKS)
    {
      look->is_whole = FALSE;
      return;
    }
  task.name = keep_text (look, task.name);
  task.test_case = keep_text (look, task.test_case);
  keep_place (look, &task.place);
  awaits = keep (look, task.awaits, sizeof *task.awaits, task.n_awaits);
  for (guint i = 0; i < task.n_awaits; i++)
    keep_await (look, &awaits[i]);
  holds = keep (look, task.holds, sizeof *task.holds, task.n_holds);
  for (guint i = 0; i < task.n_holds; i++)
    {
      holds[i].resource = keep_resource (look, holds[i].resource);
      keep_place (look, &holds[i].place);
    }
  steps = keep (look, task.steps, sizeof *task.steps, task.n_steps);
  for (guint i = 0; i < task.n_steps; i++)
    {
      steps[i].function = keep_text (look, steps[i].function);
      keep_place (look, &steps[i].place);
    }
  task.awaits = awaits;
  task.holds = holds;
  task.steps = steps;
  if (before != NULL)
    {
      join (look, before, &task);
      return;
    }
  g_array_append_val (look->tasks, task);
}

/* ---- The thread --------------------------------------------------------------------------------- */

typedef struct
{
  const InspectorProbe *probe;
  gpointer self;
  gboolean only_attached;
  gboolean is_slow;
  ProbeBefore *before; /* NULL: it tells of all */
} Opened;

struct _ProbeLooker
{
  GPtrArray *probes; /* TargetProbe */
  TargetProbed *target;
  GThread *thread; /* NULL: none is under way */
  gint is_done;    /* atomic: the thread is at its end */
  ProbeLook *look; /* of the thread until it is done, like all below */
  gint is_opened;  /* atomic */
  gboolean only_before;
  GArray *opened; /* Opened */
  GString *detail;
  char *warning;
  gint64 cost_ns;
};

static char *
dup_cache (void)
{
  return g_build_filename (g_get_user_cache_dir (), "async-inspect", NULL);
}

/* @target: (transfer full) */
static ProbeLooker *
looker_new (GPtrArray *probes, TargetProbed *target)
{
  ProbeLooker *self = g_new0 (ProbeLooker, 1);

  self->probes = g_ptr_array_ref (probes);
  self->target = target;
  self->opened = g_array_new (FALSE, FALSE, sizeof (Opened));
  self->detail = g_string_new (NULL);
  return self;
}

ProbeLooker *
probe_looker_new (GPtrArray *probes, int pid, gboolean may_stop, gboolean only_before)
{
  g_autofree char *cache = dup_cache ();
  TargetProbed *target = target_probed_new (pid, cache);
  ProbeLooker *self = looker_new (probes, target);

  if (may_stop)
    target_probed_allow_stops (target);
  self->only_before = only_before;
  if (only_before)
    target_probed_want_before (target);
  return self;
}

ProbeLooker *
probe_looker_new_core (GPtrArray *probes, TargetCore *core)
{
  g_autofree char *cache = dup_cache ();

  return looker_new (probes, target_probed_new_core (core, cache));
}

static void
open_probe (ProbeLooker *self, TargetProbe *probe, const InspectorProbeTarget *target)
{
  g_autofree char *why = NULL;
  g_autofree char *detail = NULL;
  Opened opened;

  if (!target_probe_load (probe, &why))
    {
      if (self->warning == NULL)
        self->warning = g_steal_pointer (&why);
      return;
    }
  opened.probe = probe->probe;
  opened.only_attached = probe->only_attached;
  opened.is_slow = probe->is_slow;
  opened.before = NULL;
  opened.self = probe->probe->open (target, &detail, self->warning == NULL ? &self->warning : &why);
  if (opened.self == NULL)
    return;
  if (self->only_before && opened.only_attached)
    opened.before = probe_before_new ();
  g_array_append_val (self->opened, opened);
  /* The agent has named it. */
  if (detail != NULL && opened.before == NULL)
    g_string_append_printf (self->detail, "%s%s", self->detail->len > 0 ? ", " : "", detail);
}

/* What others do on the machine meanwhile is no reason to look less often. */
static gint64
get_cpu_ns (void)
{
  struct timespec time;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &time);
  return (gint64)time.tv_sec * 1000000000 + time.tv_nsec;
}

/* Who has both ends of what it waits for holds nothing of others by that. */
static gboolean
waits_for (const InspectorProbeTask *task, const InspectorProbeResource *resource)
{
  for (guint i = 0; i < task->n_awaits; i++)
    {
      const InspectorProbeResource *of = task->awaits[i].resource;

      if (of != NULL && of->kind == resource->kind && of->id == resource->id)
        return TRUE;
    }
  return FALSE;
}

gboolean
probe_task_is_of_loop (const InspectorProbeTask *task)
{
  const guint32 one_of_several = INSPECT_AWAIT_ANSWERS | INSPECT_AWAIT_REPEATS;

  for (guint i = 0; i < task->n_awaits; i++)
    {
      guint32 flags = task->awaits[i].kind->flags;

      if ((flags & INSPECT_AWAIT_LOOP) == 0 && (flags & one_of_several) != one_of_several)
        return FALSE;
    }
  for (guint i = 0; i < task->n_holds; i++)
    if (!waits_for (task, task->holds[i].resource))
      return FALSE;
  return task->n_awaits > 0;
}

/* Where others know the program, they tell of what its loops wait for; not where they see nothing of it, behind whom
 * @first is 0. */
static void
drop_loops (ProbeLooker *self, GArray *tasks, guint first)
{
  guint n = first;

  if (probe_looker_is_slow (self) || first == 0)
    return;
  for (guint i = first; i < tasks->len; i++)
    {
      const InspectorProbeTask *task = &g_array_index (tasks, InspectorProbeTask, i);

      if (!probe_task_is_of_loop (task))
        g_array_index (tasks, InspectorProbeTask, n++) = *task;
    }
  g_array_set_size (tasks, n);
}

static void
add_part (ProbeLook *look, guint probe, gboolean is_whole)
{
  const ProbeLookPart part = { probe, look->tasks->len, is_whole };

  g_array_append_val (look->parts, part);
}

/* All probes whose tasks are kept from the first look on, or all others. */
static void
look_with (ProbeLooker *self, const InspectorProbeTarget *target, const InspectorProbeSink *sink,
           gboolean is_before, gboolean is_slow)
{
  for (guint i = 0; i < self->opened->len; i++)
    {
      const Opened *opened = &g_array_index (self->opened, Opened, i);
      guint first = self->look->tasks->len;
      gboolean is_whole;

      if ((opened->before != NULL) != is_before || opened->is_slow != is_slow)
        continue;
      self->look->n_others = is_before ? 0 : first;
      is_whole = opened->probe->look (opened->self, target, sink);
      self->look->is_whole &= is_whole;
      if (is_slow)
        drop_loops (self, self->look->tasks, first);
      if (is_before)
        probe_before_keep (opened->before, self->look->tasks, first, is_whole);
      add_part (self->look, i, is_whole);
    }
  if (is_before)
    self->look->n_before = self->look->tasks->len;
}

static gpointer
run (gpointer data)
{
  ProbeLooker *self = data;
  gint64 begin_ns = get_cpu_ns ();
  const InspectorProbeTarget *target = target_probed_look (self->target);
  InspectorProbeSink sink = { sizeof sink, NULL, on_task };

  if (target != NULL && g_atomic_int_get (&self->is_opened) == 0)
    {
      for (guint i = 0; i < self->probes->len; i++)
        open_probe (self, self->probes->pdata[i], target);
      g_atomic_int_set (&self->is_opened, 1);
      /* That was long ago by now. */
      begin_ns = get_cpu_ns ();
      target = target_probed_look (self->target);
    }
  self->look = look_new ();
  self->look->has_clock = target == NULL || target->now_ns != 0;
  self->look->begun_ns = target != NULL ? (gint64)target->now_ns : 0;
  sink.data = self->look;
  if (target != NULL)
    {
      look_with (self, target, &sink, TRUE, FALSE);
      look_with (self, target, &sink, FALSE, FALSE);
      look_with (self, target, &sink, FALSE, TRUE);
    }
  else
    self->look->is_whole = FALSE;
  self->cost_ns = get_cpu_ns () - begin_ns;
  g_atomic_int_set (&self->is_done, 1);
  return NULL;
}

gboolean
probe_looker_ask (ProbeLooker *self)
{
  if (self->thread != NULL)
    return FALSE;
  g_atomic_int_set (&self->is_done, 0);
  self->thread = g_thread_new ("probe", run, self);
  return TRUE;
}

gboolean
probe_looker_is_opening (ProbeLooker *self)
{
  return self->thread != NULL && g_atomic_int_get (&self->is_done) == 0 &&
         g_atomic_int_get (&self->is_opened) == 0;
}

ProbeLook *
probe_looker_wait (ProbeLooker *self)
{
  if (self->thread == NULL)
    return NULL;
  g_thread_join (g_steal_pointer (&self->thread));
  return g_steal_pointer (&self->look);
}

ProbeLook *
probe_looker_take (ProbeLooker *self)
{
  if (self->thread == NULL || g_atomic_int_get (&self->is_done) == 0)
    return NULL;
  g_thread_join (g_steal_pointer (&self->thread));
  return g_steal_pointer (&self->look);
}

void
probe_looker_free (ProbeLooker *self)
{
  if (self == NULL)
    return;
  target_probed_cancel (self->target);
  if (self->thread != NULL)
    g_thread_join (self->thread);
  for (guint i = 0; i < self->opened->len; i++)
    {
      const Opened *opened = &g_array_index (self->opened, Opened, i);

      opened->probe->close (opened->self);
      probe_before_free (opened->before);
    }
  g_array_unref (self->opened);
  g_string_free (self->detail, TRUE);
  g_free (self->warning);
  probe_look_free (self->look);
  target_probed_free (self->target);
  g_ptr_array_unref (self->probes);
  g_free (self);
}

gint64
probe_looker_get_cost (ProbeLooker *self)
{
  return self->cost_ns;
}

gboolean
probe_looker_is_useful (ProbeLooker *self)
{
  return self->thread != NULL || !self->is_opened || self->opened->len > 0;
}

gboolean
probe_looker_sees_only_before (const ProbeLooker *self)
{
  for (guint i = 0; i < self->opened->len; i++)
    if (!g_array_index (self->opened, Opened, i).only_attached)
      return FALSE;
  return TRUE;
}

gboolean
probe_looker_is_slow (const ProbeLooker *self)
{
  for (guint i = 0; i < self->opened->len; i++)
    if (!g_array_index (self->opened, Opened, i).is_slow)
      return FALSE;
  return TRUE;
}

char *
probe_looker_dup_detail (ProbeLooker *self)
{
  return self->detail->len > 0 ? g_strdup (self->detail->str) : NULL;
}

char *
probe_looker_steal_warning (ProbeLooker *self)
{
  return g_steal_pointer (&self->warning);
}
