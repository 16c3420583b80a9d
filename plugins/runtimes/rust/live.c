/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "task.h"

#include <string.h>
#include "inspect-slots.h"
#include "debuginfo/rust.h"

#include "plan.h"

/* Where the program's data leads to the functions that poll, wake and end its tasks: all that code in the
 * program needs to be called in their place. Offsets are those of the debug info, by the names of members.
 * What is not as it has to be is left out: a function of other arguments than those that are known, a
 * word that does not lead into the code of the file. */

#define MAX_DEPTH 8

typedef struct
{
  const InspectorProbeTarget *target;
  RustProgram *program;
  GArray *types; /* InspectSlotType */
  GArray *slots; /* InspectSlot */
  GString *texts;
  GHashTable *known; /* text -> its offset */
} Live;

/* ---- Functions ---------------------------------------------------------------------------------- */

/* "unsafe fn(*const ()) -> bool": one argument, and at most a small number comes back. */
static gboolean
is_known_signature (const char *name, gboolean may_have_two)
{
  guint depth = 0, n_commas = 0;

  if (g_str_has_prefix (name, "unsafe "))
    name += strlen ("unsafe ");
  if (!g_str_has_prefix (name, "fn("))
    return FALSE;
  name += strlen ("fn(");
  if (*name == ')')
    return FALSE;
  for (; *name != '\0' && (depth > 0 || *name != ')'); name++)
    {
      if (*name == '<' || *name == '(' || *name == '[')
        depth++;
      else if (*name == '>' || *name == ')' || *name == ']')
        depth--;
      n_commas += *name == ',' && depth == 0;
    }
  return n_commas <= (may_have_two ? 1u : 0u) &&
         (g_str_equal (name, ")") || g_str_equal (name, ") -> bool"));
}

static gboolean
is_in_code (const Live *self, guint64 address)
{
  const InspectorProbeRegion *region = inspector_probe_find_region (self->target, address);

  return region != NULL && region->is_code && address >= self->program->start &&
         address < self->program->end;
}

/* Returns: whether it is there as it has to be */
static gboolean
add_slot (Live *self, guint64 table, DebugType *functions, const char *name, InspectSlotOf of,
          guint32 type)
{
  const DebugMember *member = debug_type_find_member (functions, name);
  DebugType *function = member != NULL ? debug_member_get_type (functions->types, member) : NULL;
  InspectSlot slot = { .of = of, .type = type };

  if (function == NULL || function->class != DEBUG_TYPE_POINTER ||
      !is_known_signature (function->name, of == INSPECT_SLOT_SCHEDULE) ||
      self->slots->len >= INSPECT_SLOTS_MAX)
    return FALSE;
  slot.address = table + member->offset;
  if (slot.address % sizeof (guint64) != 0 ||
      !self->target->read (self->target->data, slot.address, &slot.function,
                           sizeof slot.function) ||
      !is_in_code (self, slot.function))
    return FALSE;
  g_array_append_val (self->slots, slot);
  return TRUE;
}

/* ---- What a task runs ----------------------------------------------------------------------------- */

static guint32
add_text (Live *self, const char *text)
{
  gpointer known;
  guint32 offset;

  if (text == NULL)
    text = "";
  if (g_hash_table_lookup_extended (self->known, text, NULL, &known))
    return GPOINTER_TO_UINT (known);
  offset = (guint32)self->texts->len;
  g_string_append_len (self->texts, text, (gssize)strlen (text) + 1);
  g_hash_table_insert (self->known, g_strdup (text), GUINT_TO_POINTER (offset));
  return offset;
}

/* What a box has in it; NULL: it is no box. */
static DebugType *
get_boxed (DebugType *type)
{
  for (guint i = 0; i < MAX_DEPTH && type != NULL; i++)
    {
      if (type->class == DEBUG_TYPE_POINTER)
        return debug_type_get_target (type);
      if (type->class != DEBUG_TYPE_STRUCTURE || type->size != 8 || type->n_members == 0 ||
          type->n_variants > 0 || type->members[0].offset != 0)
        return NULL;
      type = debug_member_get_type (type->types, &type->members[0]);
    }
  return NULL;
}

/* The one member that is a future, or has one. */
static const DebugMember *
find_future (DebugType *type)
{
  const DebugMember *found = NULL;

  for (guint i = 0; i < type->n_members && type->n_variants == 0; i++)
    {
      DebugType *part = debug_member_get_type (type->types, &type->members[i]);

      if (part == NULL || !rust_plan_get (part)->has_future)
        continue;
      if (found != NULL)
        return NULL;
      found = &type->members[i];
    }
  return found;
}

/* The coroutine that a future is, has in it or in its box; NULL: it is another kind of future. */
static DebugType *
find_coroutine (DebugType *type, guint64 offset, InspectSlotType *live)
{
  for (guint i = 0; i < MAX_DEPTH && type != NULL && offset < G_MAXINT32; i++)
    {
      const RustPlan *plan = rust_plan_get (type);
      const DebugMember *member;
      DebugType *boxed;

      if (plan->is_coroutine)
        {
          live->form_offset = (guint32)offset;
          return type;
        }
      if (plan->leaf != NULL || plan->is_dyn)
        return NULL;
      if (plan->is_pointer)
        {
          boxed = get_boxed (type);
          if (boxed == NULL || live->box_offset != INSPECT_SLOTS_NOWHERE)
            return NULL;
          live->box_offset = (guint32)offset;
          offset = 0;
          type = boxed;
          continue;
        }
      member = type->class == DEBUG_TYPE_STRUCTURE ? find_future (type) : NULL;
      if (member == NULL)
        return NULL;
      offset += member->offset;
      type = debug_member_get_type (type->types, member);
    }
  return NULL;
}

static DebugType *
get_future (const RustLayout *layout, guint64 *ret_offset)
{
  DebugType *stage = layout->stage;

  *ret_offset = layout->future_offset;
  if (layout->of == RUST_ENTRY_ASYNC_TASK)
    return layout->future;
  for (guint i = 0; i < stage->n_variants; i++)
    {
      const DebugMember *member = &stage->variants[i].member;
      DebugType *form = debug_member_get_type (stage->types, member);
      const DebugMember *future = form != NULL ? debug_type_find_member (form, "__0") : NULL;

      if (future == NULL || !g_str_equal (member->name, "Running"))
        continue;
      *ret_offset += member->offset + future->offset;
      return debug_member_get_type (stage->types, future);
    }
  return NULL;
}

/* The bits of its state tell that nobody has closed it. */
static void
fill_word (const RustLayout *layout, InspectSlotType *live)
{
  live->word_offset = layout->state_offset;
  if (layout->of != RUST_ENTRY_ASYNC_TASK)
    return;
  rust_async_task_get_fresh (&live->fresh_mask, &live->fresh_value);
}

static guint32
add_type (Live *self, const RustLayout *layout)
{
  InspectSlotType live = { .box_offset = INSPECT_SLOTS_NOWHERE,
                           .form_offset = INSPECT_SLOTS_NOWHERE };
  guint64 offset;
  DebugType *future = get_future (layout, &offset);
  DebugType *coroutine = future != NULL ? find_coroutine (future, offset, &live) : NULL;
  const RustPlan *plan = coroutine != NULL ? rust_plan_get (coroutine) : NULL;
  g_autofree char *name = NULL;

  fill_word (layout, &live);
  if (plan != NULL && plan->beginning != NULL && coroutine->has_discriminator)
    {
      live.form_offset += (guint32)coroutine->discriminator_offset;
      live.form_size = coroutine->discriminator_size;
      live.fresh = plan->beginning->first;
      live.file = add_text (self, rust_own_get_file (coroutine->types, &plan->beginning->member));
      live.line = plan->beginning->member.line;
    }
  else
    live.form_offset = INSPECT_SLOTS_NOWHERE;
  if (plan == NULL && future != NULL)
    name = debug_rust_dup_short_name (future->name);
  if (name != NULL && *name == '\0')
    name = (g_free (name), g_strdup (future->name));
  live.function = add_text (self, plan != NULL ? plan->function : name);
  g_array_append_val (self->types, live);
  return self->types->len - 1;
}

static void
add_layout (Live *self, const RustLayout *layout)
{
  guint32 type;
  gboolean is_known;

  if (layout->is_internal)
    return;
  type = add_type (self, layout);
  if (layout->of == RUST_ENTRY_TOKIO)
    is_known = add_slot (self, layout->table, layout->functions, "poll", INSPECT_SLOT_POLL, type) &&
               add_slot (self, layout->table, layout->functions, "dealloc", INSPECT_SLOT_END, type);
  else
    is_known = add_slot (self, layout->table, layout->functions, "run", INSPECT_SLOT_POLL, type) &&
               add_slot (self, layout->table, layout->functions, "schedule", INSPECT_SLOT_SCHEDULE,
                         type) &&
               add_slot (self, layout->table, layout->functions, "destroy", INSPECT_SLOT_END, type);
  /* Those that let go of a task may be the last to do so, without a call of the function above. */
  if (is_known && layout->of == RUST_ENTRY_TOKIO)
    {
      add_slot (self, layout->table, layout->functions, "drop_join_handle_slow",
                INSPECT_SLOT_RELEASE, type);
      add_slot (self, layout->table, layout->functions, "shutdown", INSPECT_SLOT_RELEASE, type);
    }
}

/* ---- Wakers --------------------------------------------------------------------------------------- */

static DebugType *
get_type (RustProgram *program, DebugDieRef ref)
{
  Dwarf_Die die;

  if (ref.offset == 0 || !debug_types_get_die (program->types, ref, &die))
    return NULL;
  return debug_types_get (program->types, &die);
}

static void
add_wakers (Live *self, DebugType *functions, guint64 table)
{
  add_slot (self, table, functions, "wake", INSPECT_SLOT_WAKE, INSPECT_SLOTS_NOWHERE);
  add_slot (self, table, functions, "wake_by_ref", INSPECT_SLOT_WAKE, INSPECT_SLOTS_NOWHERE);
}

static void
add_tokio_wakers (Live *self)
{
  const GArray *entries = self->program->index->entries;

  for (guint i = 0; i < entries->len; i++)
    {
      const RustEntry *entry = &g_array_index (entries, RustEntry, i);
      DebugType *functions =
          entry->of == RUST_ENTRY_WAKERS ? get_type (self->program, entry->type) : NULL;

      if (functions != NULL)
        add_wakers (self, functions, self->program->bias + entry->address);
    }
}

/* The tables of async-task's wakers have no name; of both functions one is where the other has to be. */
static void
add_wakers_at (gpointer data, RustWord word)
{
  Live *self = data;
  const RustEntry *entry = rust_index_find (self->program->index, RUST_ENTRY_WAKE, word.address);
  DebugType *functions = entry != NULL ? get_type (self->program, entry->type) : NULL;
  const DebugMember *wake, *by_ref;
  guint64 table, function;

  if (functions == NULL)
    return;
  wake = debug_type_find_member (functions, "wake");
  by_ref = debug_type_find_member (functions, "wake_by_ref");
  if (wake == NULL || by_ref == NULL)
    return;
  table = self->program->bias + word.at - wake->offset;
  if (self->target->read (self->target->data, table + by_ref->offset, &function, sizeof function) &&
      rust_index_find (self->program->index, RUST_ENTRY_WAKE_BY_REF,
                       function - self->program->bias) != NULL)
    add_wakers (self, functions, table);
}

/* ---- All of it ------------------------------------------------------------------------------------ */

static int
compare_slots (gconstpointer a, gconstpointer b)
{
  const InspectSlot *x = a, *y = b;

  return (x->address > y->address) - (x->address < y->address);
}

static int
compare_layouts (gconstpointer a, gconstpointer b)
{
  const RustLayout *x = *(const RustLayout *const *)a, *y = *(const RustLayout *const *)b;

  return (x->table > y->table) - (x->table < y->table);
}

/* In the order of addresses, so that the same program is told the same each time. */
static void
describe_program (Live *self)
{
  g_autoptr (GPtrArray) layouts = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer layout;
  Elf *elf = debug_types_get_elf (self->program->types);

  g_hash_table_iter_init (&iter, self->program->layouts);
  while (g_hash_table_iter_next (&iter, NULL, &layout))
    g_ptr_array_add (layouts, layout);
  g_ptr_array_sort (layouts, compare_layouts);
  for (guint i = 0; i < layouts->len; i++)
    add_layout (self, layouts->pdata[i]);
  add_tokio_wakers (self);
  if (elf != NULL)
    rust_visit_words (elf, add_wakers_at, self);
}

/* Of two that claim one word, neither is believed. */
static void
drop_doubtful (Live *self)
{
  GArray *kept = g_array_new (FALSE, FALSE, sizeof (InspectSlot));

  g_array_sort (self->slots, compare_slots);
  for (guint i = 0; i < self->slots->len; i++)
    {
      const InspectSlot *slot = &g_array_index (self->slots, InspectSlot, i);
      gboolean has_twin = (i > 0 && slot[-1].address == slot->address) ||
                          (i + 1 < self->slots->len && slot[1].address == slot->address);

      if (!has_twin)
        g_array_append_val (kept, *slot);
    }
  g_array_unref (self->slots);
  self->slots = kept;
}

static GBytes *
wrap (Live *self)
{
  InspectSlotsHeader header = { INSPECT_SLOTS_MAGIC, 0, self->types->len, self->slots->len };
  GByteArray *bytes;

  if (self->slots->len == 0)
    return NULL;
  bytes = g_byte_array_new ();
  header.size = (guint32)(sizeof header + self->types->len * sizeof (InspectSlotType) +
                          self->slots->len * sizeof (InspectSlot) + self->texts->len);
  g_byte_array_append (bytes, (const guint8 *)&header, sizeof header);
  g_byte_array_append (bytes, (const guint8 *)self->types->data,
                       self->types->len * (guint)sizeof (InspectSlotType));
  g_byte_array_append (bytes, (const guint8 *)self->slots->data,
                       self->slots->len * (guint)sizeof (InspectSlot));
  g_byte_array_append (bytes, (const guint8 *)self->texts->str, (guint)self->texts->len);
  return g_byte_array_free_to_bytes (bytes);
}

GBytes *
rust_live_describe (GPtrArray *programs, const InspectorProbeTarget *target)
{
  Live self = { .target = target,
                .types = g_array_new (FALSE, FALSE, sizeof (InspectSlotType)),
                .slots = g_array_new (FALSE, FALSE, sizeof (InspectSlot)),
                .texts = g_string_new (NULL),
                .known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL) };
  GBytes *bytes;

  add_text (&self, "");
  for (guint i = 0; i < programs->len; i++)
    {
      self.program = programs->pdata[i];
      describe_program (&self);
    }
  drop_doubtful (&self);
  bytes = wrap (&self);
  g_array_unref (self.types);
  g_array_unref (self.slots);
  g_string_free (self.texts, TRUE);
  g_hash_table_unref (self.known);
  return bytes;
}
