/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "analysis/unread.h"

#include <string.h>
#include <glib/gi18n-lib.h>
#include "analysis/describe.h"
#include "analysis/facts-saved.h"
#include "model/format.h"

#define AGAIN_NS G_GINT64_CONSTANT (1000000000)
/* The kernel is not asked about more waits than this. */
#define MAX_CHILDREN 64

typedef struct
{
  guint64 object; /* of the await */
  gint64 begin_ns;
  ModelKey stream; /* which of its outputs */
  TargetPipeWriter writer;
  gint64 seen_ns; /* it has not run since */
} AnalysisUnreadChild;

static void
child_clear (gpointer data)
{
  target_pipe_writer_clear (&((AnalysisUnreadChild *)data)->writer);
}

void
analysis_unread_clear (AnalysisUnread *unread)
{
  g_clear_pointer (&unread->children, g_array_unref);
  unread->next_ns = 0;
}

/* ---- In a recording -------------------------------------------------------------------------- */

JsonArray *
analysis_unread_save (const AnalysisUnread *unread)
{
  JsonArray *saved = json_array_new ();

  for (guint i = 0; unread->children != NULL && i < unread->children->len; i++)
    {
      const AnalysisUnreadChild *child = &g_array_index (unread->children, AnalysisUnreadChild, i);
      JsonObject *object = json_object_new ();

      json_object_set_int_member (object, "await", (gint64)child->object);
      json_object_set_int_member (object, "begin_ns", child->begin_ns);
      json_object_set_boolean_member (object, "stderr", child->stream == MODEL_KEY_STDERR);
      json_object_set_int_member (object, "pid", child->writer.pid);
      json_object_set_int_member (object, "tid", child->writer.tid);
      json_object_set_string_member (object, "command", child->writer.command);
      json_object_set_int_member (object, "queued", (gint64)child->writer.queued);
      json_object_set_int_member (object, "capacity", (gint64)child->writer.capacity);
      json_object_set_int_member (object, "seen_ns", child->seen_ns);
      json_array_add_object_element (saved, object);
    }
  return saved;
}

static void
load_child (JsonObject *object, AnalysisUnreadChild *ret_child)
{
  const char *command = analysis_saved_get_text (object, "command");

  *ret_child = (AnalysisUnreadChild){
    .object = (guint64)json_object_get_int_member_with_default (object, "await", 0),
    .begin_ns = json_object_get_int_member_with_default (object, "begin_ns", 0),
    .stream = json_object_get_boolean_member_with_default (object, "stderr", FALSE)
                  ? MODEL_KEY_STDERR
                  : MODEL_KEY_STDOUT,
    .seen_ns = json_object_get_int_member_with_default (object, "seen_ns", 0),
    .writer = { .pid = (int)json_object_get_int_member_with_default (object, "pid", 0),
                .tid = (int)json_object_get_int_member_with_default (object, "tid", 0),
                .command = command != NULL ? model_format_text (command, strlen (command))
                                           : g_strdup ("?"),
                .queued = (guint64)json_object_get_int_member_with_default (object, "queued", 0),
                .capacity =
                    (guint64)json_object_get_int_member_with_default (object, "capacity", 0) },
  };
}

void
analysis_unread_load (AnalysisUnread *unread, JsonArray *saved)
{
  unread->children = g_array_new (FALSE, FALSE, sizeof (AnalysisUnreadChild));
  g_array_set_clear_func (unread->children, child_clear);
  for (guint i = 0; i < MIN (json_array_get_length (saved), MAX_CHILDREN); i++)
    {
      JsonNode *node = json_array_get_element (saved, i);
      AnalysisUnreadChild child;

      if (!JSON_NODE_HOLDS_OBJECT (node))
        continue;
      load_child (json_node_get_object (node), &child);
      g_array_append_val (unread->children, child);
    }
}

/* ---- Who reads ------------------------------------------------------------------------------ */

static gboolean
is_of_fd (const ModelAttributes *attributes, guint64 fd)
{
  guint64 value;

  return model_attributes_get_value (attributes, MODEL_KEY_FD, &value) && value == fd;
}

/* Something waits for that descriptor, or has read from it since @since_ns: what is written will be
 * read when that goes on, and whoever reads in pieces may take his time. */
static gboolean
has_reader (ModelTarget *model, guint64 fd, gint64 since_ns)
{
  for (guint64 i = 0; i <= model->resources.mask; i++)
    {
      const ModelResource *resource = model->resources.slots[i].value;

      if (model->resources.slots[i].key != 0 && is_of_fd (&resource->attributes, fd) &&
          (resource->awaits != NULL || resource->last_answer_ns >= since_ns))
        return TRUE;
    }
  for (const ModelTask *task = model->first_task; task != NULL; task = task->next)
    for (const ModelAwait *await = task->awaits; await != NULL; await = await->task_next)
      if (is_of_fd (&await->attributes, fd))
        return TRUE;
  return FALSE;
}

/* ---- Who sleeps ----------------------------------------------------------------------------- */

static gboolean
is_candidate (const ModelAwait *await, const AnalysisInstant *instant)
{
  guint64 value;

  return model_await_is (await, INSPECT_AWAIT_EXTERNAL) &&
         instant->now_ns - await->begin_ns > instant->stuck_after_ns / 4 &&
         model_await_get_value (await, MODEL_KEY_PID, &value) && value <= G_MAXINT &&
         !model_await_get_value (await, MODEL_KEY_DEADLINE, &value);
}

static const AnalysisUnreadChild *
find_known (const GArray *children, const AnalysisUnreadChild *child)
{
  for (guint i = 0; children != NULL && i < children->len; i++)
    {
      const AnalysisUnreadChild *known = &g_array_index (children, AnalysisUnreadChild, i);

      if (known->object == child->object && known->begin_ns == child->begin_ns &&
          known->stream == child->stream && known->writer.tid == child->writer.tid &&
          known->writer.n_sleeps == child->writer.n_sleeps)
        return known;
    }
  return NULL;
}

static void
ask (AnalysisUnread *unread, GArray *children, ModelTarget *model, AnalysisFacts *facts,
     ModelAwait *await, const AnalysisInstant *instant)
{
  static const ModelKey streams[] = { MODEL_KEY_STDOUT, MODEL_KEY_STDERR };
  guint64 pid = 0, fd;

  model_await_get_value (await, MODEL_KEY_PID, &pid);
  for (guint i = 0; i < G_N_ELEMENTS (streams) && children->len < MAX_CHILDREN; i++)
    {
      AnalysisUnreadChild child = { .object = await->object,
                                    .begin_ns = await->begin_ns,
                                    .stream = streams[i],
                                    .seen_ns = instant->now_ns };
      const AnalysisUnreadChild *known;

      if (!model_await_get_value (await, streams[i], &fd) || fd > G_MAXINT ||
          has_reader (model, fd, await->begin_ns) ||
          !analysis_facts_get_pipe_writer (facts, (int)pid, (int)fd, &child.writer))
        continue;
      known = find_known (unread->children, &child);
      if (known != NULL)
        child.seen_ns = known->seen_ns;
      await->is_unread |= instant->now_ns - child.seen_ns > instant->stuck_after_ns;
      g_array_append_val (children, child);
    }
}

void
analysis_unread_check (AnalysisUnread *unread, ModelTarget *model, AnalysisFacts *facts,
                       const AnalysisInstant *instant)
{
  GArray *children;

  if (instant->now_ns < unread->next_ns)
    return;
  unread->next_ns = instant->now_ns + MIN (AGAIN_NS, instant->stuck_after_ns);
  children = g_array_new (FALSE, FALSE, sizeof (AnalysisUnreadChild));
  g_array_set_clear_func (children, child_clear);
  for (ModelTask *task = model->first_task; task != NULL; task = task->next)
    for (ModelAwait *await = task->awaits; await != NULL; await = await->task_next)
      {
        await->is_unread = FALSE;
        if (is_candidate (await, instant))
          ask (unread, children, model, facts, await, instant);
      }
  analysis_unread_clear (unread);
  unread->children = children;
  unread->next_ns = instant->now_ns + MIN (AGAIN_NS, instant->stuck_after_ns);
}

/* ---- In words ------------------------------------------------------------------------------- */

static const char *
name_stream (ModelKey stream)
{
  return stream == MODEL_KEY_STDERR ? "stderr" : "stdout";
}

static const char *
place_or (const FindingPlace *place)
{
  return place->text != NULL && *place->text != '\0' ? place->text : _ ("an unknown place");
}

/* Whatever was first to wait for that process was so where it was started. */
static guint32
find_start (ModelTarget *model, const ModelAwait *await)
{
  const ModelAwait *first = await;
  guint64 pid = 0, other;

  model_await_get_value (await, MODEL_KEY_PID, &pid);
  for (const ModelTask *task = model->first_task; task != NULL; task = task->next)
    for (const ModelAwait *a = task->awaits; a != NULL; a = a->task_next)
      if (model_await_is (a, INSPECT_AWAIT_EXTERNAL) && a->begin_ns < first->begin_ns &&
          model_await_get_value (a, MODEL_KEY_PID, &other) && other == pid)
        first = a;
  return first->location;
}

static void
add_child (const ReportInput *input, Finding *finding, const AnalysisUnreadChild *child,
           guint32 start)
{
  FindingEvidence *evidence = finding_add_evidence (finding, FINDING_CAUSE);
  const TargetPipeWriter *writer = &child->writer;
  g_autofree char *duration = NULL;
  g_autofree char *queued = model_format_bytes (writer->queued);
  g_autofree char *capacity = model_format_bytes (writer->capacity);

  evidence->pid = writer->pid;
  evidence->tid = writer->tid;
  evidence->wanted.name =
      g_strdup_printf (_ ("room in the pipe of its %s"), name_stream (child->stream));
  evidence->wanted.kind = g_strdup ("pipe");
  evidence->wanted.since_ns = MAX (input->now_ns - child->seen_ns, 0);
  finding_place_set (&evidence->wanted.place, input->places, start);
  duration = model_format_duration (evidence->wanted.since_ns);
  evidence->sentence =
      writer->capacity > 0
          ? g_strdup_printf (
                _ ("%s (process %d), started in %s, has slept in a write to its %s for "
                   "at least %s; %s of %s are in the pipe"),
                writer->command, writer->pid, place_or (&evidence->wanted.place),
                name_stream (child->stream), duration, queued, capacity)
          : g_strdup_printf (
                _ ("%s (process %d), started in %s, has slept in a write to its %s for "
                   "at least %s"),
                writer->command, writer->pid, place_or (&evidence->wanted.place),
                name_stream (child->stream), duration);
}

static void
add_wait (const ReportInput *input, Finding *finding, const ModelAwait *await)
{
  const AnalysisWait wait = analysis_wait_of (input->model, await, input->now_ns);
  FindingEvidence *evidence = finding_add_evidence (finding, FINDING_SUBJECT);

  evidence->pid = input->pid;
  evidence->task = await->task->id != 0 ? await->task->number : 0;
  evidence->task_name = analysis_describe_task (await->task, await->location, input->places);
  evidence->wanted.name = analysis_describe_wait (&wait, input->places);
  evidence->wanted.kind = g_strdup (await->kind->name);
  evidence->wanted.since_ns = MAX (input->now_ns - await->begin_ns, 0);
  finding_place_set (&evidence->wanted.place, input->places, await->location);
  evidence->sentence = g_strdup_printf (_ ("%s waits in %s for %s"), evidence->task_name,
                                        place_or (&evidence->wanted.place), evidence->wanted.name);
}

static Finding *
finding_of_child (const ReportInput *input, const AnalysisUnreadChild *child,
                  const ModelAwait *await)
{
  Finding *finding = finding_new (FINDING_BLOCKED, ANALYSIS_INFERRED);
  guint32 start = find_start (input->model, await);
  FindingPlace place = { 0 };

  finding->since_ns = MAX (input->now_ns - child->seen_ns, 0);
  finding->title =
      g_strdup_printf (_ ("child “%s” (process %d) is blocked writing to its %s: the pipe is full "
                          "and nobody reads it"),
                       child->writer.command, child->writer.pid, name_stream (child->stream));
  finding->detail = g_strdup (_ ("it cannot end before somebody reads from that pipe, and nothing "
                                 "waits to; its end is waited for"));
  add_wait (input, finding, await);
  add_child (input, finding, child, start);
  finding_place_set (&place, input->places, start);
  finding_suggest (
      finding,
      N_ ("read what the process writes while it runs, or do not give it a pipe, where "
          "it is started, at %s"),
      &place);
  finding_place_clear (&place);
  finding_seal (finding);
  return finding;
}

void
unread_add_findings (const ReportInput *input, GPtrArray *findings)
{
  const GArray *children = input->unread != NULL ? input->unread->children : NULL;

  for (guint i = 0; children != NULL && i < children->len; i++)
    {
      const AnalysisUnreadChild *child = &g_array_index (children, AnalysisUnreadChild, i);
      const ModelAwait *await = model_table_find (&input->model->awaits, child->object);

      if (await != NULL && await->is_unread && await->begin_ns == child->begin_ns)
        g_ptr_array_add (findings, finding_of_child (input, child, await));
    }
}
