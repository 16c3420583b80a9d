/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What threads have to stop at. It may be more than was meant, but never less, as far as there is
 * room. */

#include "config.h"

#include "session/breakpoint-private.h"

#include <string.h>
#include <glib/gi18n-lib.h>

#include "analysis/describe.h"

#define BIT(type) (1u << CHANNEL_##type)
#define POLLS (BIT (POLL_BEGIN) | BIT (RESUME))
#define AWAITS (BIT (AWAIT_BEGIN) | BIT (SUSPEND))
/* A function that the compiler has put into more places than these is met in the first of them. */
#define MAX_PLACES 24u
#define MAX_TASKS 16u

static guint64
hash (const char *text)
{
  return channel_hash (text, strlen (text));
}

static void
add (const Breakpoint *self, GArray *breaks, ChannelBreak wanted)
{
  wanted.number = (guint16)self->id;
  g_array_append_val (breaks, wanted);
}

static guint
add_ranges (const Breakpoint *self, GArray *breaks, guint32 events, GArray *ranges)
{
  for (guint i = 0; i < MIN (ranges->len, MAX_PLACES); i++)
    {
      const DebugRange *range = &g_array_index (ranges, DebugRange, i);

      add (self, breaks,
           (ChannelBreak){ .events = events,
                           .of = CHANNEL_BREAK_ADDRESS,
                           .low = range->low,
                           .high = range->high });
    }
  return ranges->len;
}

/* Of several programs that one speaks which has code for it. */
static void
set_trouble_of_places (Breakpoint *self, const BreakpointProgram *program, guint n)
{
  if (n == 0 && self->placed_in != NULL)
    return;
  g_clear_pointer (&self->trouble, g_free);
  if (n > 0)
    self->placed_in = program->model;
  if (n > MAX_PLACES)
    self->trouble = g_strdup_printf (
        ngettext ("the compiler has put it into %u place, of which %u are watched",
                  "the compiler has put it into %u places, of which %u are watched", n),
        n, MAX_PLACES);
  else if (n == 0 && program->symbols != NULL)
    self->trouble =
        g_strdup (_ ("no module that is loaded has code for it; it holds for those that "
                     "are loaded later"));
}

static void
arm_function (Breakpoint *self, const BreakpointProgram *program, guint32 events, GArray *breaks)
{
  g_autoptr (GArray) ranges = program->symbols != NULL
                                  ? debug_symbols_find_function (program->symbols, self->name)
                                  : g_array_new (FALSE, FALSE, sizeof (DebugRange));

  add (self, breaks,
       (ChannelBreak){ .events = events, .of = CHANNEL_BREAK_FUNCTION, .low = hash (self->name) });
  set_trouble_of_places (self, program, add_ranges (self, breaks, events, ranges));
}

/* A look from outside tells of the waits of Rust: of what a task does as it is polled nobody is told. */
static void
set_trouble_of_rust (Breakpoint *self)
{
  if (self->trouble == NULL)
    self->trouble =
        g_strdup (_ ("a task of Rust stops where its async function begins, and at points of the "
                     "crate async-inspect, but not at other lines"));
}

static void
arm_line (Breakpoint *self, const BreakpointProgram *program, GArray *breaks)
{
  const guint32 events = AWAITS | POLLS | BIT (POINT) | BIT (STATE_NAME);
  g_autofree char *base_name = g_path_get_basename (self->name);
  guint line = 0;
  g_autoptr (GArray) ranges =
      program->symbols != NULL
          ? debug_symbols_find_line (program->symbols, self->name, self->line, &line)
          : g_array_new (FALSE, FALSE, sizeof (DebugRange));

  add (self, breaks,
       (ChannelBreak){ .events = events,
                       .of = CHANNEL_BREAK_LINE,
                       .low = hash (base_name),
                       .high = self->line });
  set_trouble_of_places (self, program, add_ranges (self, breaks, events, ranges));
  if (ranges->len > 0 && line > self->line && self->trouble == NULL)
    self->trouble =
        g_strdup_printf (_ ("line %u has no code; line %u is the next that has"), self->line, line);
  if (ranges->len > 0 && g_str_has_suffix (self->name, ".rs"))
    set_trouble_of_rust (self);
}

static gboolean
is_called (const ModelTask *task, const BreakpointProgram *program, const char *name)
{
  g_autofree char *own = analysis_describe_task (task, 0, program->places);
  g_autofree char *beginning = analysis_describe_beginning (task, program->places);

  return g_str_equal (own, name) || g_str_equal (beginning, name);
}

/* A task is called as user code named it, or as the function that began it. Of those that live, each
 * is watched. */
static void
arm_task (Breakpoint *self, const BreakpointProgram *program, GArray *breaks)
{
  guint n = 0;

  add (self, breaks, (ChannelBreak){ .of = CHANNEL_BREAK_NAME, .low = hash (self->name) });
  arm_function (self, program, BIT (TASK_BEGIN), breaks);
  /* It need not be called as a function is. */
  g_clear_pointer (&self->trouble, g_free);
  for (const ModelTask *task = program->model->first_task; task != NULL; task = task->next)
    {
      if (task->id == 0 || !is_called (task, program, self->name))
        continue;
      if (++n <= MAX_TASKS)
        add (self, breaks, (ChannelBreak){ .events = POLLS, .task = task->id });
    }
  if (n > MAX_TASKS)
    self->trouble = g_strdup_printf (_ ("%u tasks of that name live, of which %u are watched, and "
                                        "those that begin from now on"),
                                     n, MAX_TASKS);
}

static void
arm_number (Breakpoint *self, const BreakpointProgram *program, GArray *breaks)
{
  for (const ModelTask *task = program->model->first_task; task != NULL; task = task->next)
    if (task->number == self->number)
      {
        add (self, breaks, (ChannelBreak){ .events = POLLS, .task = task->id });
        self->placed_in = program->model;
        g_clear_pointer (&self->trouble, g_free);
        return;
      }
  if (self->placed_in != NULL && self->placed_in != program->model)
    return;
  self->placed_in = NULL;
  g_free (self->trouble);
  self->trouble = g_strdup (_ ("no task of that number lives"));
}

void
breakpoint_arm (Breakpoint *self, const BreakpointProgram *program, GArray *breaks)
{
  if (self->of != BREAKPOINT_FUNCTION && self->of != BREAKPOINT_LINE &&
      self->of != BREAKPOINT_NUMBER)
    g_clear_pointer (&self->trouble, g_free);
  switch (self->of)
    {
    case BREAKPOINT_FUNCTION:
      arm_function (self, program, AWAITS | POLLS | BIT (POINT) | BIT (STATE_NAME), breaks);
      break;
    case BREAKPOINT_LINE:
      arm_line (self, program, breaks);
      break;
    case BREAKPOINT_STATE:
      add (self, breaks,
           (ChannelBreak){
               .events = BIT (STATE_NAME), .of = CHANNEL_BREAK_STATE, .low = hash (self->name) });
      break;
    case BREAKPOINT_KIND:
      add (self, breaks,
           (ChannelBreak){ .events = AWAITS, .of = CHANNEL_BREAK_KIND, .low = hash (self->name) });
      break;
    case BREAKPOINT_TASK:
      arm_task (self, program, breaks);
      break;
    case BREAKPOINT_NUMBER:
      arm_number (self, program, breaks);
      break;
    case BREAKPOINT_RESOURCE:
      /* What an await is on is said after it has begun. */
      add (self, breaks, (ChannelBreak){ .events = AWAITS | BIT (ACQUIRE) });
      break;
    case BREAKPOINT_LONGER:
      add (self, breaks,
           (ChannelBreak){ .of = CHANNEL_BREAK_DUE, .low = (guint64)self->duration_ns });
      break;
    case BREAKPOINT_POINT:
      add (self, breaks,
           (ChannelBreak){
               .events = BIT (POINT), .of = CHANNEL_BREAK_FUNCTION, .low = hash (self->name) });
      break;
    case BREAKPOINT_DEADLOCK:
      break;
    }
}
