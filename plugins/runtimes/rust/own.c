/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "plan.h"

#include <dwarf.h>
#include <string.h>

#include "task.h"

/* What the program's own code is, and what a library's: whose source lies where cargo keeps that of others. Code that a library
 * has compiled itself is called by its place in it, "src/lib.rs", and only the folder in which its compiler ran tells whose
 * that is. A program that cargo has installed was made there itself: it is known by its root. */

static gboolean
is_kept_by_cargo (const char *path)
{
  static const char *const folders[] = { "/registry/src/", "/git/checkouts/", "/rustc/",
                                         "/rustlib/src/" };

  for (guint i = 0; i < G_N_ELEMENTS (folders) && path != NULL; i++)
    if (strstr (path, folders[i]) != NULL)
      return TRUE;
  return FALSE;
}

/* Of a unit, "src/main.rs/@/app.2f0c-cgu.0": whether its file is the root of a program, and not of a library. */
static gboolean
is_root (const char *unit, const char *program)
{
  static const char *const roots[] = { "main.rs", "src/bin/", "tests/", "examples/", "benches/" };
  const char *end = strstr (unit, "/@/");
  g_autofree char *file = end != NULL ? g_strndup (unit, (gsize)(end - unit)) : NULL;
  g_autofree char *base = file != NULL ? g_path_get_basename (file) : NULL;
  gsize length = strlen (program);

  if (file == NULL)
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (roots); i++)
    if (g_str_has_suffix (roots[i], "/") ? g_str_has_prefix (file, roots[i])
                                         : g_str_equal (base, roots[i]))
      return TRUE;
  return strncmp (base, program, length) == 0 && g_str_equal (base + length, ".rs");
}

char *
rust_own_find_folder (DebugTypes *types, const char *program)
{
  Dwarf *dwarf = debug_types_get_dwarf (types);
  Dwarf_CU *cu = NULL;
  Dwarf_Die die;

  while (dwarf_get_units (dwarf, cu, &cu, NULL, NULL, &die, NULL) == 0)
    {
      Dwarf_Attribute attribute;
      const char *name = dwarf_diename (&die);
      const char *folder = dwarf_formstring (dwarf_attr (&die, DW_AT_comp_dir, &attribute));

      if (name != NULL && folder != NULL && is_root (name, program))
        return g_strdup (folder);
    }
  return NULL;
}

static const char *
get_folder (DebugTypes *types)
{
  const RustProgram *program = debug_types_get_reader (types);

  return program != NULL ? program->own_folder : NULL;
}

static gboolean
is_in (const char *path, const char *folder)
{
  gsize length = folder != NULL ? strlen (folder) : 0;

  return length > 0 && strncmp (path, folder, length) == 0 && path[length] == '/';
}

gboolean
rust_own_is_library_path (const char *own_folder, const char *path)
{
  return is_kept_by_cargo (path) && !is_in (path, own_folder);
}

gboolean
rust_own_is_library (DebugTypes *types, const DebugMember *member)
{
  const char *own = get_folder (types);

  if (member->file == NULL || member->folder == NULL)
    return rust_own_is_library_path (own, member->file);
  /* Where its root is not known, it may be the program's. */
  return own != NULL && is_kept_by_cargo (member->folder) && !g_str_equal (member->folder, own);
}

/* What a program that cargo has installed calls its files says more than where they were. */
const char *
rust_own_get_file (DebugTypes *types, const DebugMember *member)
{
  return member->folder != NULL && is_kept_by_cargo (member->folder) &&
                 !rust_own_is_library (types, member)
             ? member->file
             : debug_member_get_path (types, member);
}
