/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "debuginfo/variable.h"

#include "debuginfo/statics.h"
#include "debuginfo/types-private.h"

#define MAX_DEPTH 16u
#define MAX_LOOKS 4096u
/* Of .debug_info: all of it is read for the first variable, and somebody waits for that. */
#define MAX_INFO_BYTES (128 << 20)

struct _DebugVariables
{
  DebugTypes *types;
  DebugStatics *statics;
};

DebugVariables *
debug_variables_open (const char *path, const guint8 *build_id, gsize build_id_length)
{
  DebugTypes *types = debug_types_open (path, build_id, build_id_length);
  DebugVariables *self;

  if (types == NULL)
    return NULL;
  if (types->module->info_end - types->module->info > MAX_INFO_BYTES)
    {
      debug_types_close (types);
      return NULL;
    }
  self = g_new0 (DebugVariables, 1);
  self->types = types;
  return self;
}

void
debug_variables_free (DebugVariables *self)
{
  if (self == NULL)
    return;
  debug_statics_free (self->statics);
  debug_types_close (self->types);
  g_free (self);
}

/* ---- Parts ------------------------------------------------------------------------------------ */

static gboolean append_part (GString *path, DebugType *type, guint64 offset, gboolean is_named,
                             guint depth);

/* An array of several dimensions is one of all its elements, the last index counting fastest. */
static void
append_indices (GString *path, const DebugType *type, guint64 index)
{
  guint64 later = 1;

  for (guint i = 1; i < type->n_dimensions; i++)
    later *= MAX (type->dimensions[i], 1);
  for (guint i = 0; i < type->n_dimensions; i++)
    {
      g_string_append_printf (path, "[%" G_GUINT64_FORMAT "]", index / later);
      index %= later;
      if (i + 1 < type->n_dimensions)
        later /= MAX (type->dimensions[i + 1], 1);
    }
}

static gboolean
append_element (GString *path, DebugType *type, guint64 offset, guint depth)
{
  DebugType *element = debug_type_get_target (type);
  guint64 size = element != NULL ? debug_type_get_size (element) : 0;

  if (size == 0 || type->n_dimensions == 0 || offset / size >= type->count)
    return FALSE;
  append_indices (path, type, offset / size);
  return append_part (path, element, offset % size, TRUE, depth);
}

static gboolean
has_parts (const DebugType *type)
{
  return type != NULL &&
         (type->class == DEBUG_TYPE_STRUCTURE || type->class == DEBUG_TYPE_UNION ||
          (type->class == DEBUG_TYPE_ARRAY && has_parts (debug_type_get_target (type))));
}

static gboolean
append_member (GString *path, DebugType *type, guint64 offset, guint depth)
{
  gsize length = path->len;

  for (guint i = 0; i < type->n_members; i++)
    {
      const DebugMember *member = &type->members[i];
      DebugType *of = debug_member_get_type (type->types, member);

      if (of == NULL || member->bit_size != 0 || offset < member->offset ||
          offset - member->offset >= debug_type_get_size (of))
        continue;
      /* Where the whole begins its first part does, which may say no more. */
      if (offset == 0 && !has_parts (of))
        continue;
      if (*member->name != '\0')
        g_string_append_printf (path, ".%s", member->name);
      if (append_part (path, of, offset - member->offset, *member->name != '\0', depth))
        return TRUE;
      g_string_truncate (path, length);
    }
  return offset == 0;
}

/* Libraries make locks of unions, and C++ of classes of its own, whose parts are nobody's business. A union without a name
 * is the program's. */
static gboolean
append_part (GString *path, DebugType *type, guint64 offset, gboolean is_named, guint depth)
{
  if (depth == MAX_DEPTH)
    return FALSE;
  switch (type->class)
    {
    case DEBUG_TYPE_ARRAY:
      return append_element (path, type, offset, depth + 1) || offset == 0;
    case DEBUG_TYPE_UNION:
      return (offset == 0 && is_named) || append_member (path, type, offset, depth + 1);
    case DEBUG_TYPE_STRUCTURE:
      return (offset == 0 && g_str_has_prefix (type->name, "std::")) ||
             append_member (path, type, offset, depth + 1);
    default:
      return offset == 0;
    }
}

/* ---- What is there ----------------------------------------------------------------------------- */

typedef struct
{
  const char *name;
  guint n_looks;
  gboolean is_raw; /* it lies in bytes, which may be used as anything */
} PartSearch;

/* Libraries give their own a number of bytes beside the struct that they are. */
static gboolean
is_struct_within (const DebugType *type)
{
  for (guint i = 0; type->class == DEBUG_TYPE_UNION && i < type->n_members; i++)
    {
      const DebugType *of = debug_member_get_type (type->types, &type->members[i]);

      if (of != NULL && of->class == DEBUG_TYPE_STRUCTURE && of->n_members > 0)
        return TRUE;
    }
  return FALSE;
}

static gboolean
has_part (PartSearch *search, DebugType *type, guint64 offset, guint depth)
{
  gboolean was_raw = search->is_raw;

  if (type == NULL || depth == MAX_DEPTH || ++search->n_looks > MAX_LOOKS)
    return FALSE;
  if (offset == 0 && debug_type_is (type, search->name))
    return TRUE;
  if (type->class == DEBUG_TYPE_ARRAY)
    {
      DebugType *element = debug_type_get_target (type);
      guint64 size = element != NULL ? debug_type_get_size (element) : 0;

      search->is_raw |= size == 1;
      return size != 0 && offset / size < type->count &&
             has_part (search, element, offset % size, depth + 1);
    }
  for (guint i = 0; i < type->n_members; i++)
    {
      const DebugMember *member = &type->members[i];
      DebugType *of = member->bit_size == 0 ? debug_member_get_type (type->types, member) : NULL;

      if (of != NULL && offset >= member->offset &&
          offset - member->offset < debug_type_get_size (of) &&
          has_part (search, of, offset - member->offset, depth + 1))
        return TRUE;
    }
  if (is_struct_within (type))
    search->is_raw = was_raw;
  return FALSE;
}

/* ---- Variables -------------------------------------------------------------------------------- */

/* (nullable): no variable is there */
static DebugType *
find_variable (DebugVariables *self, guint64 address, guint64 *ret_begin, const char **ret_name)
{
  if (self->statics == NULL)
    self->statics = debug_statics_new (self->types, NULL);
  return debug_statics_find_around (self->statics, address, ret_begin, ret_name);
}

DebugPart
debug_variables_find_part (DebugVariables *self, guint64 address, const char *name)
{
  const char *variable = NULL;
  guint64 begin = 0;
  DebugType *type = find_variable (self, address, &begin, &variable);
  PartSearch search = { .name = name };

  if (type == NULL)
    return DEBUG_PART_UNKNOWN;
  if (has_part (&search, type, address - begin, 0))
    return DEBUG_PART_FOUND;
  return search.is_raw ? DEBUG_PART_UNKNOWN : DEBUG_PART_OTHER;
}

char *
debug_variables_dup_path (DebugVariables *self, guint64 address)
{
  g_autoptr (GString) path = NULL;
  const char *name = NULL;
  DebugType *type;
  guint64 begin = 0;

  type = find_variable (self, address, &begin, &name);
  if (type == NULL)
    return NULL;
  path = g_string_new (name);
  return append_part (path, type, address - begin, TRUE, 0) ? g_strdup (path->str) : NULL;
}
