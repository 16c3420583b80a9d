/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

/* Profiles of speedscope, in its evented form: one for each thread, its polls and the calls that
 * sleep in them in the order of time. */

#include "export/spool.h"
#include "export/stacks.h"

typedef struct
{
  char *name;
  gint64 end_ns;
} Profile;

typedef struct
{
  ExportOutput *output;
  const ExportTrace *trace;
  ExportStacks *stacks;
  ExportSpool *spool;
  GArray *profiles; /* Profile; as many as texts in the spool */
  char *command;
  int pid;
} Speedscope;

static void
profile_clear (gpointer data)
{
  g_free (((Profile *)data)->name);
}

/* The text of a thread's events; @observed is its number + 1. */
static guint
get_profile (Speedscope *self, ExportStack *stack)
{
  Profile profile = { 0 };

  if (stack->observed != 0)
    return (guint)(stack->observed - 1);
  profile.name = stack->is_main
                     ? g_strdup_printf ("%s %d, main thread", self->command, self->pid)
                     : g_strdup_printf ("%s %d, thread %d", self->command, self->pid, stack->tid);
  g_array_append_val (self->profiles, profile);
  stack->observed = export_spool_add (self->spool) + 1;
  return (guint)(stack->observed - 1);
}

static void
add_event (Speedscope *self, ExportStack *stack, const ExportFrame *frame, char type,
           gint64 time_ns)
{
  guint number = get_profile (self, stack);
  Profile *profile = &g_array_index (self->profiles, Profile, number);
  char text[96];
  int length = g_snprintf (
      text, sizeof text, "%s{\"type\":\"%c\",\"frame\":%u,\"at\":%" G_GINT64_FORMAT "}",
      profile->end_ns != 0 ? ",\n" : "", type, frame->number, time_ns - self->trace->zero_ns);

  profile->end_ns = time_ns;
  export_spool_put (self->spool, number, text, (gsize)length);
}

static void
open_frame (gpointer self, ExportStack *stack, const ExportFrame *frame, gint64 time_ns)
{
  add_event (self, stack, frame, 'O', time_ns);
}

static void
close_frame (gpointer self, ExportStack *stack, const ExportFrame *frame, gint64 time_ns)
{
  add_event (self, stack, frame, 'C', time_ns);
}

static void
speedscope_process (gpointer data, const ExportProcess *process)
{
  Speedscope *self = data;

  g_free (self->command);
  self->command = g_path_get_basename (process->command);
  self->pid = process->pid;
  export_stacks_set_process (self->stacks, process->number, process->pid);
}

static void
speedscope_span_begin (gpointer self, const ExportSpan *span)
{
  export_stacks_begin (((Speedscope *)self)->stacks, span);
}

static void
speedscope_span (gpointer self, const ExportSpan *span)
{
  export_stacks_end (((Speedscope *)self)->stacks, span);
}

/* ---- The document --------------------------------------------------------------------------- */

static void
put_profiles (Speedscope *self)
{
  export_put (self->output, "\"profiles\":[");
  for (guint i = 0; i < self->profiles->len; i++)
    {
      const Profile *profile = &g_array_index (self->profiles, Profile, i);

      export_put (self->output, i > 0 ? ",\n" : "\n");
      export_put (self->output, "{\"type\":\"evented\",\"unit\":\"nanoseconds\",\"name\":");
      export_put_json (self->output, profile->name);
      export_printf (self->output,
                     ",\"startValue\":0,\"endValue\":%" G_GINT64_FORMAT ",\"events\":[\n",
                     profile->end_ns - self->trace->zero_ns);
      export_spool_copy (self->spool, i);
      export_put (self->output, "]}");
    }
  export_put (self->output, "\n]");
}

static void
put_frames (Speedscope *self)
{
  export_put (self->output, "\"shared\":{\"frames\":[");
  for (guint i = 0; i < export_stacks_count_frames (self->stacks); i++)
    {
      const ExportFrame *frame = export_stacks_get_frame (self->stacks, i);

      export_put (self->output, i > 0 ? ",\n{\"name\":" : "\n{\"name\":");
      export_put_json (self->output, frame->name);
      if (*frame->file != '\0')
        {
          export_put (self->output, ",\"file\":");
          export_put_json (self->output, frame->file);
        }
      if (frame->line != 0)
        export_printf (self->output, ",\"line\":%u", frame->line);
      export_put_char (self->output, '}');
    }
  export_put (self->output, "\n]}");
}

static void
speedscope_end (gpointer data, InspectorSession *session)
{
  Speedscope *self = data;
  g_autofree char *name = g_path_get_basename (self->trace->path);

  export_put (self->output, "{\"$schema\":\"https://www.speedscope.app/file-format-schema.json\",\n"
                            "\"exporter\":\"async-inspect@" PACKAGE_VERSION "\",\"name\":");
  export_put_json (self->output, name);
  export_put (self->output, ",\n");
  put_profiles (self);
  export_put (self->output, ",\n");
  put_frames (self);
  export_put (self->output, "}\n");
}

static gpointer
speedscope_new (ExportOutput *output, const ExportTrace *trace)
{
  static const ExportStackFuncs funcs = { open_frame, close_frame };
  Speedscope *self = g_new0 (Speedscope, 1);

  self->output = output;
  self->trace = trace;
  self->stacks = export_stacks_new (&funcs, self);
  self->spool = export_spool_new (output);
  self->profiles = g_array_new (FALSE, TRUE, sizeof (Profile));
  g_array_set_clear_func (self->profiles, profile_clear);
  return self;
}

static void
speedscope_free (gpointer data)
{
  Speedscope *self = data;

  export_stacks_free (self->stacks);
  export_spool_free (self->spool);
  g_array_unref (self->profiles);
  g_free (self->command);
  g_free (self);
}

const ExportWriter export_speedscope_writer = {
  .new = speedscope_new,
  .process = speedscope_process,
  .span_begin = speedscope_span_begin,
  .span = speedscope_span,
  .end = speedscope_end,
  .free = speedscope_free,
};
