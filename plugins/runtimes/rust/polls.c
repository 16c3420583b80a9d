/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "plan.h"

#include <dwarf.h>
#include <string.h>
#include "debuginfo/rust.h"

#include "task.h"

/* Futures that are no coroutine: `impl Future for T`, `impl Stream for T`, and closures given to poll_fn(). What they wait
 * for only their authors know; but there is a function that polls them, and its place in the source is where to look. Debug
 * info does not lead from a type to it. It has a parameter of that type, though: so the index has all such functions, by the
 * name of the type. */

/* What libraries wait for is known, or is none of the program's own code. */
static gboolean
is_left_out (const char *scope)
{
  static const char *const scopes[] = { "core::", "alloc::", "std::", "tokio::" };

  for (guint i = 0; i < G_N_ELEMENTS (scopes); i++)
    if (g_str_has_prefix (scope, scopes[i]))
      return TRUE;
  return *scope == '\0';
}

static guint64
hash_name (const char *name, gsize length)
{
  guint64 hash = G_GUINT64_CONSTANT (14695981039346656037);

  for (gsize i = 0; i < length; i++)
    hash = (hash ^ (guchar)name[i]) * G_GUINT64_CONSTANT (1099511628211);
  return hash;
}

/* (nullable): the name of the type of the @nth parameter */
static const char *
get_parameter_type (Dwarf_Die *function, guint nth)
{
  Dwarf_Attribute attribute;
  Dwarf_Die die, type;

  if (dwarf_child (function, &die) != 0)
    return NULL;
  do
    if (dwarf_tag (&die) == DW_TAG_formal_parameter && nth-- == 0)
      return dwarf_attr_integrate (&die, DW_AT_type, &attribute) != NULL &&
                     dwarf_formref_die (&attribute, &type) != NULL
                 ? dwarf_diename (&type)
                 : NULL;
  while (dwarf_siblingof (&die, &die) == 0);
  return NULL;
}

#define SELF "Pin<&mut "
#define CONTEXT "&mut core::task::wake::Context"
#define CLOSURE "{closure#"
#define CLOSURE_ENV "{closure_env#"

static gboolean
is_method (const char *name)
{
  static const char *const methods[] = { "poll", "poll_next" };

  for (guint i = 0; i < G_N_ELEMENTS (methods); i++)
    {
      gsize length = strlen (methods[i]);

      if (strncmp (name, methods[i], length) == 0 && (name[length] == '\0' || name[length] == '<'))
        return TRUE;
    }
  return FALSE;
}

/* "app::wait::{closure_env#0}" of the function app::wait::{closure#0}; (transfer full) (nullable) */
static char *
dup_closure_type (const char *scope, const char *name)
{
  const char *number = name + strlen (CLOSURE);

  return g_strdup_printf ("%s::" CLOSURE_ENV "%.*s", scope, (int)strcspn (number, "<"), number);
}

gboolean
rust_poll_read (DebugTypes *types, const char *scope, const char *name, Dwarf_Die *die,
                RustEntry *ret_entry)
{
  g_autofree char *closure = NULL;
  const char *self, *context;

  *ret_entry = (RustEntry){ .of = RUST_ENTRY_POLL };
  if (is_left_out (scope))
    return FALSE;
  if (is_method (name))
    {
      self = get_parameter_type (die, 0);
      if (self == NULL || !g_str_has_prefix (self, SELF) || !g_str_has_suffix (self, ">"))
        return FALSE;
      self += strlen (SELF);
      ret_entry->address = hash_name (self, strlen (self) - 1);
    }
  else if (g_str_has_prefix (name, CLOSURE))
    {
      context = get_parameter_type (die, 1);
      if (context == NULL || !g_str_has_prefix (context, CONTEXT))
        return FALSE;
      closure = dup_closure_type (scope, name);
      ret_entry->address = hash_name (closure, strlen (closure));
    }
  else
    return FALSE;
  ret_entry->type = debug_types_get_ref (types, die);
  return TRUE;
}

/* ---- Of a type -------------------------------------------------------------------------------------- */

/* Of PollFn<F> what it calls. */
static DebugType *
get_polled (DebugType *type)
{
  DebugType *function = g_str_has_prefix (type->base_name, "PollFn<") && type->n_members > 0
                            ? debug_member_get_type (type->types, &type->members[0])
                            : NULL;

  return function != NULL ? function : type;
}

gboolean
rust_poll_find (DebugType *type, DebugMember *ret_place)
{
  RustProgram *program = debug_types_get_reader (type->types);
  DebugType *polled = get_polled (type);
  gsize length = strlen (polled->name);
  const char *closure =
      g_str_has_prefix (polled->base_name, CLOSURE_ENV) ? strrchr (polled->name, '#') : NULL;
  const RustEntry *entry;
  Dwarf_Die die;

  /* A closure in what is generic has its parameters after it. */
  if (closure != NULL)
    length = (gsize)(closure - polled->name) + strcspn (closure, "<");
  memset (ret_place, 0, sizeof *ret_place);
  entry = program != NULL
              ? rust_index_find (program->index, RUST_ENTRY_POLL, hash_name (polled->name, length))
              : NULL;
  if (entry == NULL || !debug_types_get_die (type->types, entry->type, &die))
    return FALSE;
  debug_member_read_place (ret_place, &die);
  return ret_place->line > 0 && ret_place->file != NULL;
}

/* Of a parameter: where the next one or what is around them goes on. */
static const char *
find_end (const char *c)
{
  for (guint depth = 0; *c != '\0' && (depth > 0 || strchr (",>)", *c) == NULL); c++)
    if (strchr ("<(", *c) != NULL)
      depth++;
    else if (strchr (">)", *c) != NULL && c[-1] != '-')
      depth--;
  return c;
}

/* What the compiler has no name for says nothing: "Map<Sleep, …>". */
static char *
dup_without_closures (const char *name)
{
  GString *text = g_string_new (NULL);
  gsize begin = 0; /* of the parameter that is written */

  for (const char *c = name; *c != '\0'; c++)
    {
      if (*c == '{')
        {
          g_string_truncate (text, begin);
          g_string_append (text, "…");
          c = find_end (c);
        }
      if (*c == '\0')
        break;
      g_string_append_c (text, *c);
      if (strchr ("<(,& ", *c) != NULL)
        begin = text->len;
    }
  return g_string_free (text, FALSE);
}

char *
rust_poll_dup_name (DebugType *type)
{
  DebugType *polled = get_polled (type);
  g_autofree char *name = NULL;

  if (g_str_has_prefix (polled->base_name, CLOSURE_ENV))
    {
      name = rust_name_dup_function (polled->name, NULL);
      return g_strdup_printf ("poll_fn() in %s", name);
    }
  name = debug_rust_dup_short_name (type->name);
  return *type->base_name == '{' ? g_steal_pointer (&name) : dup_without_closures (name);
}
