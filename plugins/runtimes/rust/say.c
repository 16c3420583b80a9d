/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "say.h"

#include <string.h>
#include "debuginfo/rust.h"

#include "kinds.h"
#include "told.h"

#define MAX_VARIABLES 16
#define MAX_VALUE_BYTES 120

/* All of one task, while it is said. */
typedef struct
{
  RustWalk *walk;
  gboolean with_variables;
  InspectorProbeFrame frames[RUST_MAX_AWAITS * 8];
  guint n_frames;
  GArray *variables;         /* InspectorProbeVariable; NULL: they are not wanted */
  InspectorProbePlace place; /* the task's own */
} Saying;

/* ---- Places ------------------------------------------------------------------------------------- */

/* Where a coroutine waits, or with NULL where it begins; where it begins, too, where a macro of a library
 * wrote the await in a function that is not that library's. */
static InspectorProbePlace
get_place (const RustPlan *plan, const DebugType *coroutine, const DebugVariant *at)
{
  gboolean is_library = at != NULL && rust_variant_is_library (plan, coroutine, at);

  if (at == NULL || at->member.line == 0 || (is_library && !plan->is_library))
    {
      at = plan->beginning;
      is_library = plan->is_library;
    }
  return (InspectorProbePlace){ .function = plan->function,
                                .file = at != NULL
                                            ? rust_own_get_file (coroutine->types, &at->member)
                                            : NULL,
                                .line = at != NULL ? at->member.line : 0,
                                .is_library = is_library };
}

static InspectorProbePlace
get_frame_place (const RustFrame *frame)
{
  return get_place (frame->plan, frame->coroutine, frame->variant);
}

/* ---- Names -------------------------------------------------------------------------------------- */

/* What futures of libraries are to people. */
static const struct
{
  const char *type; /* it is one, or has one in it */
  const char *name;
} names[] = {
  { "hyper::server::server::new_svc::NewSvcTask<", "hyper connection" },
  { "hyper::server::conn::", "hyper connection" },
  { "hyper::client::conn::", "hyper connection" },
  { "hyper_util::server::conn::", "hyper connection" },
  { "hyper::proto::", "hyper connection" },
};

#define MAX_NAME 60

/* Of parameters that are long the first one is what a future is around of: "Map<Forward<…>>". */
#define MAX_NAMES 3

static char *
dup_outer_names (const char *name)
{
  GString *text = g_string_new (NULL);
  guint n = 0;

  for (; n < MAX_NAMES && name[strcspn (name, "<,>")] == '<'; n++)
    {
      gsize length = strcspn (name, "<") + 1;

      g_string_append_len (text, name, (gssize)length);
      name += length;
    }
  g_string_append (text, "…");
  for (; n > 0; n--)
    g_string_append_c (text, '>');
  return g_string_free (text, FALSE);
}

static char *
dup_type_name (DebugType *type)
{
  g_autofree char *name = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (strstr (type->name, names[i].type) != NULL)
      return g_strdup (names[i].name);
  name = rust_poll_dup_name (type);
  return g_utf8_strlen (name, -1) <= MAX_NAME ? g_steal_pointer (&name) : dup_outer_names (name);
}

/* ---- Variables ---------------------------------------------------------------------------------- */

static gboolean
is_variable (const DebugType *form, guint index)
{
  const DebugMember *member = &form->members[index];

  if (*member->name == '\0' || g_str_has_prefix (member->name, "__") ||
      g_str_equal (member->name, "_task_context"))
    return FALSE;
  for (guint i = 0; i < index; i++)
    if (form->members[i].offset == member->offset &&
        g_str_equal (form->members[i].name, member->name))
      return FALSE;
  return TRUE;
}

/* What join!() and select!() keep beside what the program does: they stand where a library wrote the
 * await, in a function that it did not write. */
static gboolean
is_of_macro (const RustFrame *frame, const char *name)
{
  return (g_str_equal (name, "futures") || g_str_equal (name, "disabled") ||
          g_str_equal (name, "skip_next_time")) &&
         rust_variant_is_library (frame->plan, frame->coroutine, frame->variant) &&
         !frame->plan->is_library;
}

/* Without the paths in it, as its program writes it. */
static const char *
get_type_name (Saying *self, const DebugType *type)
{
  g_autofree char *name = debug_rust_dup_short_name (type->name);

  return *name != '\0' ? g_string_chunk_insert_const (self->walk->texts, name) : NULL;
}

static void
add_variable (Saying *self, const char *name, DebugValue value)
{
  g_autoptr (GString) text = g_string_new (NULL);
  DebugFormat format = DEBUG_FORMAT_INIT (&self->walk->memory->memory, debug_rust_format, text);
  InspectorProbeVariable variable;

  format.max_bytes = MAX_VALUE_BYTES;
  format.looks_left = 64;
  debug_format_value (&format, value);
  variable.name = name;
  variable.value = g_string_chunk_insert (self->walk->texts, text->str);
  variable.type = get_type_name (self, value.type);
  g_array_append_val (self->variables, variable);
}

/* "client_state.rng" of "_ref__client_state__rng": what a closure or block has of a variable that is another's. */
static const char *
get_variable_name (Saying *self, const char *name)
{
  static const char captured[] = "_ref__";
  g_autoptr (GString) text = NULL;

  if (!g_str_has_prefix (name, captured))
    return name;
  text = g_string_new (name + strlen (captured));
  g_string_replace (text, "__", ".", 0);
  return g_string_chunk_insert_const (self->walk->texts, text->str);
}

static guint
add_variables (Saying *self, const RustFrame *frame)
{
  const DebugType *form = frame->form.type;
  guint n_before = self->variables->len;

  for (guint i = 0; i < form->n_members && self->variables->len - n_before < MAX_VARIABLES; i++)
    {
      DebugValue value;

      if (is_variable (form, i) && !is_of_macro (frame, form->members[i].name) &&
          debug_value_get (frame->form, &form->members[i], &value) &&
          !rust_plan_get (value.type)->is_coroutine)
        add_variable (self, get_variable_name (self, form->members[i].name), value);
    }
  return self->variables->len - n_before;
}

/* ---- Awaits ------------------------------------------------------------------------------------- */

/* What the program calls it, too. */
static const InspectorProbeResource *
finish_resource (RustWalk *walk, RustResource *resource)
{
  InspectorProbeResource *said = &resource->resource;
  const char *name = rust_lock_names_find (walk->lock_names, walk->memory, said->id);

  if (name != NULL && said->n_attributes < RUST_MAX_ATTRIBUTES)
    resource->attributes[said->n_attributes++] =
        (InspectorProbeAttribute){ &rust_key_name, 0, name };
  said->attributes = resource->attributes;
  return said;
}

static void
set_attributes (Saying *self, InspectorProbeAwait *to, RustAwait *from)
{
  to->attributes = from->attributes;
  to->n_attributes = from->n_attributes;
  if (from->has_resource)
    to->resource = finish_resource (self->walk, &from->resource);
}

/* Where there is no coroutine: what the program polls by hand, where it does so; else the task itself. */
static InspectorProbePlace
get_poll_place (Saying *self, const RustAwait *await)
{
  const RustPlan *plan = await->polled != NULL ? rust_plan_get (await->polled) : NULL;
  g_autofree char *name = NULL;

  if (plan == NULL)
    return (InspectorProbePlace){ .function = self->place.function };
  name = dup_type_name (await->polled);
  return (InspectorProbePlace){ .function = g_string_chunk_insert (self->walk->texts, name),
                                .file = rust_own_get_file (await->polled->types, &plan->poll),
                                .line = plan->poll.line };
}

/* Innermost first. @variables of a frame are put in once all are there, as they move. */
static void
add_await (Saying *self, RustAwait *from, InspectorProbeAwait *to, guint *first_variables)
{
  *to = (InspectorProbeAwait){ .kind = from->kind, .id = from->id, .task = from->task };
  set_attributes (self, to, from);
  to->frames = &self->frames[self->n_frames];
  if (from->n_frames == 0 && self->n_frames < G_N_ELEMENTS (self->frames))
    {
      first_variables[self->n_frames] = 0;
      self->frames[self->n_frames++] =
          (InspectorProbeFrame){ .place = get_poll_place (self, from) };
      to->n_frames = 1;
    }
  for (guint i = from->n_frames; i-- > 0 && self->n_frames < G_N_ELEMENTS (self->frames);)
    {
      const RustFrame *frame = &from->frames[i];
      InspectorProbeFrame *said = &self->frames[self->n_frames];

      *said = (InspectorProbeFrame){ .place = get_frame_place (frame) };
      first_variables[self->n_frames] = self->variables != NULL ? self->variables->len : 0;
      if (self->with_variables && !said->place.is_library)
        said->n_variables = add_variables (self, frame);
      self->n_frames++;
      to->n_frames++;
    }
}

/* Of the await that has given it; where that is not known, the function alone. */
static InspectorProbePlace
get_hold_place (const RustHold *hold)
{
  InspectorProbePlace place;

  if (hold->taken != NULL)
    return get_place (hold->frame.plan, hold->frame.coroutine, hold->taken);
  place = get_frame_place (&hold->frame);
  place.line = 0;
  return place;
}

static guint
add_holds (RustWalk *walk, InspectorProbeHold *holds)
{
  for (guint i = 0; i < walk->holds->len; i++)
    {
      RustHold *hold = walk->holds->pdata[i];

      holds[i] = (InspectorProbeHold){ .resource = finish_resource (walk, &hold->resource),
                                       .count = hold->count,
                                       .place = get_hold_place (hold) };
    }
  return walk->holds->len;
}

/* ---- Steps -------------------------------------------------------------------------------------- */

/* The awaits of the task's own function. Where that waits within another function of the program's, that
 * is shown as a step, not what it is made of. */
static guint
add_steps (const RustFrame *own, InspectorProbeStep *steps)
{
  const RustPlan *plan = rust_plan_get_with_steps (own->coroutine);

  for (guint i = 0; i < plan->n_steps; i++)
    {
      const RustStep *step = &plan->steps[i];
      const DebugMember *member = &step->variant->member;

      steps[i] = (InspectorProbeStep){
        .function = step->function,
        .place = { plan->function, rust_own_get_file (own->coroutine->types, member), member->line,
                   FALSE },
        .is_current = step->variant == own->variant,
      };
    }
  return plan->n_steps;
}

/* ---- The task ----------------------------------------------------------------------------------- */

/* The coroutine that a task is, where it is one, or that its box or trait object has. */
static InspectorProbePlace
get_task_place (const RustWalk *walk, DebugValue future, char **ret_name)
{
  const RustPlan *plan = rust_plan_get (future.type);

  *ret_name = NULL;
  if (plan->is_coroutine)
    return get_place (plan, future.type, NULL);
  if (walk->awaits->len > 0 && ((RustAwait *)walk->awaits->pdata[0])->n_frames > 0)
    {
      const RustFrame *frame = &((RustAwait *)walk->awaits->pdata[0])->frames[0];

      return get_place (frame->plan, frame->coroutine, NULL);
    }
  *ret_name = rust_job_dup_name (future.type);
  if (*ret_name != NULL)
    return (InspectorProbePlace){ .function = *ret_name };
  future = rust_resolve (&walk->memory->memory, walk->programs, future);
  plan = rust_plan_get (future.type);
  *ret_name = dup_type_name (future.type);
  return (InspectorProbePlace){ .function = *ret_name,
                                .file = plan->is_own
                                            ? rust_own_get_file (future.type->types, &plan->poll)
                                            : NULL,
                                .line = plan->is_own ? plan->poll.line : 0 };
}

static gboolean
has_own_frame (const RustAwait *await)
{
  for (guint i = 0; i < await->n_frames; i++)
    if (!await->frames[i].plan->is_library)
      return TRUE;
  return FALSE;
}

/* What the program's own code waits for comes before what a library waits for beside it; else as they were found, which
 * is how they lie in memory: later ones after those before. */
static int
compare_awaits (gconstpointer a, gconstpointer b)
{
  const RustAwait *x = *(const RustAwait *const *)a, *y = *(const RustAwait *const *)b;
  gboolean x_is_own = has_own_frame (x), y_is_own = has_own_frame (y);

  if (x_is_own != y_is_own)
    return x_is_own ? -1 : 1;
  return (x > y) - (x < y);
}

/* What is pending for ever says nothing beside something that is not. */
static void
arrange_awaits (GPtrArray *awaits)
{
  for (guint i = 0; i < awaits->len && awaits->len > 1;)
    if (((RustAwait *)awaits->pdata[i])->kind == &rust_await_pending)
      g_ptr_array_remove_index (awaits, i);
    else
      i++;
  g_ptr_array_sort (awaits, compare_awaits);
}

void
rust_say_task (RustWalk *walk, const RustTask *task, DebugValue future, gboolean with_variables,
               const InspectorProbeSink *sink)
{
  static const InspectorProbeState states[] = {
    [RUST_TASK_IDLE] = INSPECTOR_PROBE_WAITING,
    [RUST_TASK_READY] = INSPECTOR_PROBE_READY,
    [RUST_TASK_RUNNING] = INSPECTOR_PROBE_RUNNING,
    [RUST_TASK_DONE] = INSPECTOR_PROBE_READY,
  };
  InspectorProbeTask said = { .id = task->address & G_GUINT64_CONSTANT (0xffffffffffff),
                              .serial = task->id,
                              .test_case = task->test_case,
                              .name = walk->told_name,
                              .within = task->within,
                              .within_end = task->within_end,
                              .state = states[task->state] };
  InspectorProbeAwait awaits[RUST_MAX_AWAITS];
  InspectorProbeHold holds[RUST_MAX_HOLDS];
  InspectorProbeStep steps[RUST_MAX_STEPS];
  guint first_variables[G_N_ELEMENTS (((Saying *)NULL)->frames)];
  g_autofree char *name = NULL;
  Saying self;

  arrange_awaits (walk->awaits);
  self.walk = walk;
  self.with_variables = with_variables;
  self.n_frames = 0;
  said.place = self.place = get_task_place (walk, future, &name);
  self.variables =
      with_variables ? g_array_new (FALSE, FALSE, sizeof (InspectorProbeVariable)) : NULL;
  /* Of what began at the same time the latest counts most. */
  for (guint i = walk->awaits->len; i-- > 0;)
    add_await (&self, walk->awaits->pdata[i], &awaits[said.n_awaits++], first_variables);
  for (guint i = 0; i < self.n_frames; i++)
    if (self.frames[i].n_variables > 0)
      self.frames[i].variables =
          &g_array_index (self.variables, InspectorProbeVariable, first_variables[i]);
  said.awaits = awaits;
  said.holds = holds;
  said.n_holds = add_holds (walk, holds);
  if (walk->awaits->len > 0 && ((RustAwait *)walk->awaits->pdata[0])->n_frames > 0)
    {
      said.steps = steps;
      said.n_steps = add_steps (&((RustAwait *)walk->awaits->pdata[0])->frames[0], steps);
    }
  sink->task (sink->data, &said);
  g_clear_pointer (&self.variables, g_array_unref);
}
