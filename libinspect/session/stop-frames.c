/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The stack of a thread that stands still, with its variables, read from outside. */

#include "config.h"

#include "session/stops.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <glib/gi18n-lib.h>

#include "analysis/describe.h"
#include "channel/layout.h"
#include "debuginfo/locals.h"
#include "model/format.h"
#include "session/inspector-target-private.h"
#include "target/facts.h"

/* How long somebody who asks where a thread stands is kept waiting. */
#define PATIENCE_US (5 * G_TIME_SPAN_SECOND)
#define PAUSE_US (50 * G_TIME_SPAN_MILLISECOND)
#define MAX_FRAMES 128
/* DWARF's number of the stack pointer. */
#if defined(__x86_64__)
#define STACK_POINTER 7
#elif defined(__aarch64__)
#define STACK_POINTER 31
#endif

static void
local_free (gpointer data)
{
  InspectorLocal *local = data;

  g_free (local->name);
  g_free (local->type);
  g_free (local->value);
  g_free (local);
}

static void
frame_free (gpointer data)
{
  InspectorFrame *frame = data;

  g_free (frame->function);
  g_free (frame->place);
  g_ptr_array_unref (frame->locals);
  g_free (frame);
}

static void
add_variable (GPtrArray *variables, const char *name, char *value, const char *type)
{
  InspectorLocal *local = g_new0 (InspectorLocal, 1);

  local->name = g_strdup (name);
  local->type = model_format_text (type, strlen (type));
  local->value = value;
  g_ptr_array_add (variables, local);
}

/* The await whose callback it is in, or comes into. */
static guint64
get_cause (const BreakpointProgram *program, const ChannelStop *at, guint64 *ret_callback)
{
  const ModelThread *thread = model_target_get_thread (program->model, at->ring);
  const ModelPoll *poll = thread != NULL && thread->depth > 0 && thread->depth <= MODEL_POLL_DEPTH
                              ? &thread->polls[thread->depth - 1]
                              : NULL;
  gboolean is_begin = at->type == CHANNEL_RESUME || at->type == CHANNEL_POLL_BEGIN;
  guint32 location = is_begin ? at->location : poll != NULL ? poll->location : 0;
  ChannelLocationInfo info;

  *ret_callback =
      location != 0 &&
              program->model->tables->get_location (program->model->tables_data, location, &info) &&
              info.of == CHANNEL_LOCATION_FUNCTION
          ? info.address
          : 0;
  return is_begin ? at->arg : poll != NULL ? poll->cause : 0;
}

static GPtrArray *
list_objects (const Stop *stop, const BreakpointProgram *program, const ModelTask *task)
{
  AnalysisObjects *objects = inspector_target_get_objects (stop->target);
  guint64 callback = 0, cause = get_cause (program, &stop->at, &callback);

  return objects != NULL ? analysis_objects_list (objects, program->model, task, cause, callback)
                         : g_ptr_array_new ();
}

static gboolean
has_object (const GPtrArray *objects, const char *name)
{
  for (guint i = 0; i < objects->len; i++)
    if (g_str_equal (((const AnalysisObject *)objects->pdata[i])->name, name))
      return TRUE;
  return FALSE;
}

GPtrArray *
inspector_session_dup_stop_variables (InspectorSession *session, guint id)
{
  GPtrArray *variables = g_ptr_array_new_with_free_func (local_free);
  const InspectorStop *stop;
  BreakpointProgram program;
  const ModelTask *task;
  const ModelAttribute *items;
  g_autoptr (GPtrArray) objects = NULL;

  g_return_val_if_fail (INSPECTOR_IS_SESSION (session), variables);

  stop = inspector_session_find_stop (session, id);
  if (stop == NULL || stop->tid == 0 ||
      !inspector_target_get_program (((const Stop *)stop)->target, &program))
    return variables;
  task = breakpoint_stop_get_task (&program, &((const Stop *)stop)->at);
  if (task == NULL)
    return variables;
  if (task->state_name != 0)
    {
      const char *name =
          program.model->tables->get_string (program.model->tables_data, task->state_name);

      add_variable (variables, "state", model_format_text (name, strlen (name)), "");
    }
  objects = list_objects ((const Stop *)stop, &program, task);
  items = model_attributes_items (&task->attributes);
  for (guint i = 0; i < task->attributes.n; i++)
    {
      const char *name = model_target_get_kind (program.model, items[i].number)->name;
      const char *type = model_target_get_type (program.model, items[i].type);

      /* What was kept of it earlier. */
      if (!has_object (objects, name))
        add_variable (variables, name,
                      analysis_describe_attribute (program.model, &items[i], program.model->now_ns,
                                                   program.places),
                      type != NULL ? type : "");
    }
  for (guint i = 0; i < objects->len; i++)
    {
      const AnalysisObject *object = objects->pdata[i];

      add_variable (variables, object->name, g_strdup (object->value), object->type);
    }
  return variables;
}

static gboolean
read_process (gpointer data, guint64 address, void *buffer, gsize length)
{
  return target_facts_read_memory (GPOINTER_TO_INT (data), address, buffer, length);
}

static void
add_locals (InspectorFrame *frame, GPtrArray *locals)
{
  for (guint i = 0; i < locals->len; i++)
    {
      const DebugLocal *from = locals->pdata[i];
      InspectorLocal *local = g_new0 (InspectorLocal, 1);

      local->name = model_format_text (from->name, strlen (from->name));
      local->type = model_format_text (from->type, strlen (from->type));
      local->value = from->value != NULL ? g_strdup (from->value)
                                         /* As debuggers say it. */
                                         : g_strdup (_ ("<optimized out>"));
      local->is_parameter = from->is_parameter;
      g_ptr_array_add (frame->locals, local);
    }
}

static InspectorFrame *
new_frame (const AnalysisPlace *place)
{
  InspectorFrame *frame = g_new0 (InspectorFrame, 1);
  const char *function = place->function != NULL ? place->function : "?";

  frame->function = model_format_text (function, strlen (function));
  frame->place = model_format_text (place->where, strlen (place->where));
  frame->is_runtime = place->is_runtime;
  frame->locals = g_ptr_array_new_with_free_func (local_free);
  return frame;
}

/* The agent and libinspect are on the stack of everything that stops. */
static gboolean
is_ours (const DebugModuleInfo *module)
{
  g_autofree char *name = g_path_get_basename (module->path);

  return g_str_has_prefix (name, "libinspect.so") || g_str_has_prefix (name, "libasync-inspect") ||
         (g_str_has_suffix (name, ".so") && strstr (module->path, "/runtimes/") != NULL);
}

/* What was put into the frame's function by the compiler has frames of its own. */
static void
add_frame (GPtrArray *frames, const BreakpointProgram *program, DebugLocals *locals, int pid,
           const TargetFrame *at, const TargetFrame *outer)
{
  const AnalysisPlace *place = analysis_places_get_call (program->places, at->pc);
  const DebugMemory memory = { read_process, GINT_TO_POINTER (pid) };
  DebugFrame frame = { .pc = at->pc - 1, .known = at->known };
  DebugModuleInfo module;
  guint level = 0;

  memcpy (frame.registers, at->registers, sizeof frame.registers);
  /* The stack pointer of who called, as it was before the call. */
  frame.has_cfa = outer != NULL && (outer->known >> STACK_POINTER & 1) != 0;
  frame.cfa = frame.has_cfa ? outer->registers[STACK_POINTER] : 0;
  if (!debug_symbols_find_module (program->symbols, at->pc - 1, &module))
    module.path = NULL;
  else if (is_ours (&module))
    return;
  for (; place != NULL; place = place->caller, level++)
    {
      InspectorFrame *next = new_frame (place);

      g_ptr_array_add (frames, next);
      if (module.path != NULL && !next->is_runtime)
        {
          g_autoptr (GPtrArray) list = debug_locals_list (locals, &module, &frame, level, &memory);

          add_locals (next, list);
        }
    }
}

static gboolean
may_be_read (int pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/mem", pid);
  int fd = open (path, O_RDONLY | O_CLOEXEC);

  if (fd >= 0)
    close (fd);
  return fd >= 0;
}

/* A machine that has much to do lets whoever copies the stack come too late; the thread stands there yet. */
static guint
get_frames (const InspectorStop *stop, TargetFrame *ret_frames)
{
  gint64 until_us = g_get_monotonic_time () + PATIENCE_US;
  guint n = target_facts_get_frames (stop->pid, stop->tid, ret_frames, MAX_FRAMES);

  while (n == 0 && may_be_read (stop->pid) && g_get_monotonic_time () < until_us)
    {
      g_usleep (PAUSE_US);
      n = target_facts_get_frames (stop->pid, stop->tid, ret_frames, MAX_FRAMES);
    }
  return n;
}

GPtrArray *
inspector_session_dup_stop_frames (InspectorSession *session, guint id, GError **error)
{
  const InspectorStop *stop;
  Stops *stops;
  BreakpointProgram program;
  g_autofree TargetFrame *at = g_new0 (TargetFrame, MAX_FRAMES);
  GPtrArray *frames;
  guint n = 0;

  g_return_val_if_fail (INSPECTOR_IS_SESSION (session), NULL);

  stops = inspector_session_get_stops (session);
  stop = inspector_session_find_stop (session, id);
  if (stop == NULL || stop->tid == 0 ||
      !inspector_target_get_program (((const Stop *)stop)->target, &program))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, _ ("no thread stands still there"));
      return NULL;
    }
  if (program.symbols != NULL)
    n = get_frames (stop, at);
  if (n == 0)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
                   _ ("the stack of thread %d cannot be read; the kernel may forbid it "
                      "(kernel.yama.ptrace_scope), or another debugger is attached"),
                   stop->tid);
      return NULL;
    }
  if (stops->locals == NULL)
    stops->locals = debug_locals_new ();
  frames = g_ptr_array_new_with_free_func (frame_free);
  for (guint i = 0; i < n; i++)
    add_frame (frames, &program, stops->locals, stop->pid, &at[i], i + 1 < n ? &at[i + 1] : NULL);
  return frames;
}
