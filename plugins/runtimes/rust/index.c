/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "index.h"

#include <dwarf.h>
#include <string.h>

#include "debuginfo/expression.h"

/* A program with more has been made to have them. */
#define MAX_ENTRIES (4 * 1000 * 1000)

#define TOKIO_RAW "tokio::runtime::task::raw"
#define TOKIO_WAKER "tokio::runtime::task::waker"
#define CORE_WAKE "core::task::wake"
#define PARKING_LOT "parking_lot_core::parking_lot"
#define TOKIO_CORE "tokio::runtime::task::core"

typedef struct
{
  guint64 address;
  char *parameters; /* "<T, S>" */
} Poll;

/* RawTask<F, T, S>::run() is declared in its type, and defined elsewhere. */
typedef struct
{
  DebugDieRef future;
  DebugDieRef raw;
} Declared;

typedef struct
{
  guint64 address;
  DebugDieRef declaration;
  RustEntryOf of;
} Run;

/* The functions of RawTask that matter. */
static const struct
{
  const char *name; /* its parameters may follow */
  RustEntryOf of;
} methods[] = {
  { "run", RUST_ENTRY_ASYNC_TASK },
  { "wake", RUST_ENTRY_WAKE },
  { "wake_by_ref", RUST_ENTRY_WAKE_BY_REF },
};

typedef struct
{
  RustIndex *index;
  GHashTable *cells;       /* "<T, S>" -> DebugDieRef */
  GArray *polls;           /* Poll */
  GHashTable *declared;    /* DebugDieRef -> Declared */
  GArray *runs;            /* Run */
  DebugDieRef waker_table; /* of core::task::wake::RawWakerVTable; offset 0: not found */
} Builder;

/* 0: it is none of them. */
static RustEntryOf
find_method (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (methods); i++)
    {
      gsize length = strlen (methods[i].name);

      if (strncmp (name, methods[i].name, length) == 0 &&
          (name[length] == '\0' || name[length] == '<'))
        return methods[i].of;
    }
  return 0;
}

static guint
ref_hash (gconstpointer key)
{
  const DebugDieRef *ref = key;

  return (guint)(ref->offset * 31 + ref->unit);
}

static gboolean
ref_equal (gconstpointer a, gconstpointer b)
{
  const DebugDieRef *x = a, *y = b;

  return x->offset == y->offset && x->unit == y->unit;
}

static void
poll_clear (gpointer data)
{
  g_free (((Poll *)data)->parameters);
}

static gboolean
get_ref (DebugTypes *types, Dwarf_Die *die, guint name, DebugDieRef *ret_ref)
{
  Dwarf_Attribute attribute;
  Dwarf_Die to;

  if (dwarf_attr (die, name, &attribute) == NULL || dwarf_formref_die (&attribute, &to) == NULL)
    return FALSE;
  *ret_ref = debug_types_get_ref (types, &to);
  return TRUE;
}

/* ---- Tasks of tokio ---------------------------------------------------------------------------- */

static void
add_poll (Builder *builder, Dwarf_Die *die, const char *name)
{
  Poll poll = { 0 };

  if (dwarf_lowpc (die, &poll.address) != 0 || poll.address == 0)
    return;
  poll.parameters = g_strdup (name + strlen ("poll"));
  g_array_append_val (builder->polls, poll);
}

static void
add_cell (Builder *builder, DebugTypes *types, Dwarf_Die *die, const char *name)
{
  DebugDieRef *ref;

  if (dwarf_hasattr (die, DW_AT_declaration) ||
      g_hash_table_contains (builder->cells, name + strlen ("Cell")))
    return;
  ref = g_new (DebugDieRef, 1);
  *ref = debug_types_get_ref (types, die);
  g_hash_table_insert (builder->cells, g_strdup (name + strlen ("Cell")), ref);
}

/* ---- Tasks of async-task ------------------------------------------------------------------------ */

static void
add_declared (Builder *builder, DebugTypes *types, Dwarf_Die *raw)
{
  Declared declared = { { 0, 0 }, debug_types_get_ref (types, raw) };
  Dwarf_Die child;

  if (dwarf_child (raw, &child) != 0)
    return;
  do
    if (dwarf_tag (&child) == DW_TAG_template_type_parameter &&
        g_strcmp0 (dwarf_diename (&child), "F") == 0)
      get_ref (types, &child, DW_AT_type, &declared.future);
  while (dwarf_siblingof (&child, &child) == 0);
  if (declared.future.offset == 0 || dwarf_child (raw, &child) != 0)
    return;
  do
    if (dwarf_tag (&child) == DW_TAG_subprogram && dwarf_diename (&child) != NULL &&
        find_method (dwarf_diename (&child)) != 0)
      {
        DebugDieRef ref = debug_types_get_ref (types, &child);

        g_hash_table_insert (builder->declared, g_memdup2 (&ref, sizeof ref),
                             g_memdup2 (&declared, sizeof declared));
      }
  while (dwarf_siblingof (&child, &child) == 0);
}

static void
add_run (Builder *builder, DebugTypes *types, Dwarf_Die *die, RustEntryOf of)
{
  Run run = { .of = of };

  if (!get_ref (types, die, DW_AT_specification, &run.declaration) ||
      dwarf_lowpc (die, &run.address) != 0 || run.address == 0)
    return;
  g_array_append_val (builder->runs, run);
}

/* ---- Trait objects ------------------------------------------------------------------------------ */

static void
add_entry (Builder *builder, RustEntry entry)
{
  if (builder->index->entries->len < MAX_ENTRIES)
    g_array_append_val (builder->index->entries, entry);
}

/* Of a static variable. */
static gboolean
get_address (Dwarf_Die *die, guint64 *ret_address)
{
  Dwarf_Attribute attribute;

  return debug_expression_get_address (dwarf_attr (die, DW_AT_location, &attribute), ret_address);
}

/* tokio::runtime::task::waker::WAKER_VTABLE */
static void
add_wakers (Builder *builder, DebugTypes *types, Dwarf_Die *die)
{
  RustEntry entry = { .of = RUST_ENTRY_WAKERS };

  if (get_address (die, &entry.address) && get_ref (types, die, DW_AT_type, &entry.type))
    add_entry (builder, entry);
}

/* What libraries keep a connection behind, so that its type is not that of all that has it. */
static gboolean
is_connection (const char *trait)
{
  static const char *const names[] = { "::AsyncConn", "::AsyncRead", "::AsyncWrite",
                                       "hyper::rt::io::", "sqlx_core::net::socket::" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (strstr (trait, names[i]) != NULL)
      return TRUE;
  return FALSE;
}

/* "<app::fetch::{async_fn_env#0} as core::future::future::Future>::{vtable}" */
static void
add_table (Builder *builder, DebugTypes *types, Dwarf_Die *die, const char *name)
{
  RustEntry entry = { .of = RUST_ENTRY_DYN };
  const char *as = g_strrstr (name, " as ");
  Dwarf_Attribute attribute;
  Dwarf_Die type;

  if (as == NULL || !g_str_has_suffix (name, ">::{vtable}"))
    return;
  if (strstr (as, "::Future") == NULL && strstr (as, "::Stream") == NULL)
    entry.of = RUST_ENTRY_OBJECT;
  if (entry.of == RUST_ENTRY_OBJECT && !is_connection (as))
    return;
  if (!get_address (die, &entry.address))
    return;
  if (dwarf_attr (die, DW_AT_type, &attribute) == NULL ||
      dwarf_formref_die (&attribute, &type) == NULL ||
      !get_ref (types, &type, DW_AT_containing_type, &entry.type))
    return;
  add_entry (builder, entry);
}

/* ---- block_on() ----------------------------------------------------------------------------------- */

#define MAX_BLOCK_DEPTH 12

/* Where a variable is from the frame's base; FALSE: it moves about, as after optimisation. */
static gboolean
get_frame_offset (Dwarf_Die *die, guint64 *ret_offset)
{
  Dwarf_Attribute attribute;
  Dwarf_Op *operations;
  size_t n;

  if (dwarf_attr (die, DW_AT_location, &attribute) == NULL ||
      dwarf_getlocation (&attribute, &operations, &n) != 0 || n != 1 ||
      operations[0].atom != DW_OP_fbreg)
    return FALSE;
  *ret_offset = operations[0].number;
  return TRUE;
}

static gboolean
is_pinned (Dwarf_Die *die)
{
  Dwarf_Attribute attribute;
  Dwarf_Die type;
  const char *name;

  if (dwarf_attr (die, DW_AT_type, &attribute) == NULL ||
      dwarf_formref_die (&attribute, &type) == NULL)
    return FALSE;
  name = dwarf_diename (&type);
  return name != NULL && g_str_has_prefix (name, "Pin<&mut ");
}

static void
add_pinned (Builder *builder, DebugTypes *types, Dwarf_Die *around, RustEntry entry, guint depth)
{
  Dwarf_Die die;

  if (depth > MAX_BLOCK_DEPTH || dwarf_child (around, &die) != 0)
    return;
  do
    {
      int tag = dwarf_tag (&die);

      if (tag == DW_TAG_lexical_block)
        add_pinned (builder, types, &die, entry, depth + 1);
      else if ((tag == DW_TAG_variable || tag == DW_TAG_formal_parameter) && is_pinned (&die) &&
               get_frame_offset (&die, &entry.other.offset) &&
               get_ref (types, &die, DW_AT_type, &entry.type))
        add_entry (builder, entry);
    }
  while (dwarf_siblingof (&die, &die) == 0);
}

/* Where the base of its frame is the stack pointer, which it is where nothing was optimised. */
static void
add_block_on (Builder *builder, DebugTypes *types, Dwarf_Die *die)
{
  RustEntry entry = { .of = RUST_ENTRY_BLOCK_ON };
  Dwarf_Attribute attribute;
  Dwarf_Addr end;
  Dwarf_Op *operations;
  size_t n;

  if (dwarf_lowpc (die, &entry.address) != 0 || entry.address == 0 ||
      dwarf_highpc (die, &end) != 0 || end <= entry.address ||
      dwarf_attr (die, DW_AT_frame_base, &attribute) == NULL ||
      dwarf_getlocation (&attribute, &operations, &n) != 0 || n != 1 ||
      operations[0].atom != DW_OP_reg7)
    return;
  entry.other.unit = end - entry.address;
  add_pinned (builder, types, die, entry, 0);
}

/* ---- The pass ----------------------------------------------------------------------------------- */

static gboolean
visit (DebugTypes *types, const char *scope, Dwarf_Die *die, gpointer data)
{
  Builder *builder = data;
  const char *name;
  RustEntryOf of;
  RustEntry entry;

  switch (dwarf_tag (die))
    {
    case DW_TAG_subprogram:
      /* Of what is declared in a type the definition has the name of the declaration. */
      name = dwarf_diename (die);
      if (name == NULL)
        return FALSE;
      if (rust_poll_read (types, scope, name, die, &entry))
        add_entry (builder, entry);
      /* Else it was put into another. */
      if (!dwarf_hasattr (die, DW_AT_low_pc))
        return FALSE;
      if (g_str_equal (scope, TOKIO_RAW) && g_str_has_prefix (name, "poll<"))
        add_poll (builder, die, name);
      else if (g_str_has_prefix (name, "block_on<"))
        add_block_on (builder, types, die);
      else if ((of = find_method (name)) != 0)
        add_run (builder, types, die, of);
      return FALSE;
    case DW_TAG_variable:
      if ((name = dwarf_diename (die)) == NULL)
        return FALSE;
      if (*name == '<')
        add_table (builder, types, die, name);
      else if (g_str_equal (scope, TOKIO_WAKER) && g_str_equal (name, "WAKER_VTABLE"))
        add_wakers (builder, types, die);
      return FALSE;
    case DW_TAG_structure_type:
      builder->index->has_types = TRUE;
      name = dwarf_diename (die);
      if (name == NULL)
        return FALSE;
      if (g_str_equal (scope, TOKIO_CORE) && g_str_has_prefix (name, "Cell<"))
        add_cell (builder, types, die, name);
      else if (g_str_equal (scope, "async_task::raw") && g_str_has_prefix (name, "RawTask<"))
        add_declared (builder, types, die);
      else if (g_str_equal (scope, PARKING_LOT) && g_str_equal (name, "ThreadData") &&
               !dwarf_hasattr (die, DW_AT_declaration))
        add_entry (builder, (RustEntry){ .of = RUST_ENTRY_PARKED,
                                         .type = debug_types_get_ref (types, die) });
      else if (builder->waker_table.offset == 0 && g_str_equal (scope, CORE_WAKE) &&
               g_str_equal (name, "RawWakerVTable") && !dwarf_hasattr (die, DW_AT_declaration))
        builder->waker_table = debug_types_get_ref (types, die);
      return FALSE;
    case DW_TAG_namespace:
      return TRUE;
    default:
      return FALSE;
    }
}

static void
join (Builder *builder)
{
  builder->index->is_async = builder->polls->len > 0;
  for (guint i = 0; i < builder->polls->len; i++)
    {
      const Poll *poll = &g_array_index (builder->polls, Poll, i);
      const DebugDieRef *cell = g_hash_table_lookup (builder->cells, poll->parameters);

      if (cell != NULL)
        add_entry (builder, (RustEntry){ RUST_ENTRY_TOKIO, poll->address, *cell, { 0, 0 } });
    }
  for (guint i = 0; i < builder->runs->len; i++)
    {
      const Run *run = &g_array_index (builder->runs, Run, i);
      const Declared *declared = g_hash_table_lookup (builder->declared, &run->declaration);

      if (declared != NULL && run->of == RUST_ENTRY_ASYNC_TASK)
        add_entry (builder, (RustEntry){ RUST_ENTRY_ASYNC_TASK, run->address, declared->future,
                                         declared->raw });
      else if (declared != NULL && builder->waker_table.offset != 0)
        add_entry (builder, (RustEntry){ run->of, run->address, builder->waker_table, { 0, 0 } });
    }
}

static int
compare_entries (gconstpointer a, gconstpointer b)
{
  const RustEntry *x = a, *y = b;

  if (x->of != y->of)
    return x->of < y->of ? -1 : 1;
  return (x->address > y->address) - (x->address < y->address);
}

static RustIndex *
build (const char *path, const guint8 *build_id, gsize build_id_length)
{
  g_autoptr (DebugTypes) types = debug_types_open (path, build_id, build_id_length);
  Builder builder = { 0 };

  if (types == NULL)
    return NULL;
  builder.index = g_new0 (RustIndex, 1);
  builder.index->entries = g_array_new (FALSE, FALSE, sizeof (RustEntry));
  builder.cells = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  builder.declared = g_hash_table_new_full (ref_hash, ref_equal, g_free, g_free);
  builder.polls = g_array_new (FALSE, FALSE, sizeof (Poll));
  g_array_set_clear_func (builder.polls, poll_clear);
  builder.runs = g_array_new (FALSE, FALSE, sizeof (Run));
  debug_types_visit (types, visit, &builder);
  builder.index->missing = g_strdup (debug_types_get_missing (types));
  join (&builder);
  g_array_sort (builder.index->entries, compare_entries);
  g_hash_table_unref (builder.cells);
  g_hash_table_unref (builder.declared);
  g_array_unref (builder.polls);
  g_array_unref (builder.runs);
  return builder.index;
}

RustIndex *
rust_index_new (const char *path, const guint8 *build_id, gsize build_id_length,
                const char *cache_folder)
{
  RustIndex *index = rust_cache_load (cache_folder, build_id, build_id_length);

  if (index != NULL)
    return index;
  index = build (path, build_id, build_id_length);
  if (index != NULL && index->missing == NULL)
    rust_cache_save (cache_folder, build_id, build_id_length, index);
  return index;
}

void
rust_index_free (RustIndex *index)
{
  if (index == NULL)
    return;
  g_array_unref (index->entries);
  g_free (index->missing);
  g_free (index);
}

const RustEntry *
rust_index_find (const RustIndex *index, RustEntryOf of, guint64 address)
{
  guint low = 0, high = index->entries->len;
  const RustEntry *entry;
  const RustEntry wanted = { .of = of, .address = address };

  while (low < high)
    {
      guint middle = low + (high - low) / 2;

      if (compare_entries (&g_array_index (index->entries, RustEntry, middle), &wanted) < 0)
        low = middle + 1;
      else
        high = middle;
    }
  if (low == index->entries->len)
    return NULL;
  entry = &g_array_index (index->entries, RustEntry, low);
  return entry->of == of && entry->address == address ? entry : NULL;
}
