/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include <dwarf.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "debuginfo/module.h"
#include "debuginfo/texts.h"

/* Split debug info: what is in the program is the skeleton of a unit, with its addresses and lines. The rest is in
 * a .dwo file of its own, which libdw finds by the name in the skeleton, or in a package for all units. */

/* ---- The package --------------------------------------------------------------------------------- */

/* It lies beside the program, or beside the file with its debug info. */
static DebugPackage *
open_beside (const char *path)
{
  g_autofree char *whole = path != NULL ? g_file_read_link (path, NULL) : NULL;
  const char *file = whole != NULL && g_path_is_absolute (whole) ? whole : path;
  gsize length = file != NULL ? strlen (file) : 0;
  g_autofree char *name = NULL;
  g_autofree char *shorter = NULL;
  DebugPackage *package;

  if (file == NULL)
    return NULL;
  name = g_strconcat (file, ".dwp", NULL);
  package = debug_package_open (name);
  if (package != NULL || !g_str_has_suffix (file, ".debug"))
    return package;
  shorter = g_strdup_printf ("%.*s.dwp", (int)(length - strlen (".debug")), file);
  return debug_package_open (shorter);
}

static void
open_package (DebugModule *module)
{
  const char *program = NULL, *debug = NULL;

  module->linked = g_hash_table_new (NULL, NULL);
  dwfl_module_info (module->dwfl_module, NULL, NULL, NULL, NULL, NULL, &program, &debug);
  module->package = open_beside (module->path);
  if (module->package == NULL && program != NULL && !g_str_equal (program, module->path))
    module->package = open_beside (program);
  if (module->package == NULL)
    module->package = open_beside (debug);
}

/* ---- One unit ------------------------------------------------------------------------------------ */

static const char *
get_file_name (Dwarf_Die *unit, Dwarf_Attribute *ret_attribute)
{
  if (dwarf_attr (unit, DW_AT_dwo_name, ret_attribute) == NULL &&
      dwarf_attr (unit, DW_AT_GNU_dwo_name, ret_attribute) == NULL)
    return NULL;
  return dwarf_formstring (ret_attribute);
}

/* By way of the kernel, which refuses what may not be written where we would crash. */
static gboolean
overwrite (gconstpointer at, gconstpointer bytes, gsize length)
{
  gboolean is_done;
  int ends[2];

  if (pipe2 (ends, O_CLOEXEC) < 0)
    return FALSE;
  is_done = write (ends[1], bytes, length) == (gssize)length &&
            read (ends[0], (void *)at, length) == (gssize)length;
  close (ends[0]);
  close (ends[1]);
  return is_done;
}

/* Bytes of our copy of the file that are others for a while. */
typedef struct
{
  gconstpointer at;
  char before[32];
  gsize length; /* 0: they are what they were */
} Change;

static gboolean
change (Change *self, gconstpointer at, gconstpointer bytes, gsize length)
{
  if (length > sizeof self->before)
    return FALSE;
  memcpy (self->before, at, length);
  if (!overwrite (at, bytes, length))
    return FALSE;
  self->at = at;
  self->length = length;
  return TRUE;
}

static void
change_back (const Change *self)
{
  if (self->length > 0)
    overwrite (self->at, self->before, self->length);
}

/* Makes that the name of the file. It may be longer than what was there: the strings behind it are back before anybody
 * looks at them. Where they end too early the first one of them all is taken. */
static gboolean
change_name (Dwarf_Attribute *attribute, const char *name, const char *path, Change changes[2])
{
  static const guint32 first = 0;
  gsize length = strlen (path) + 1;
  guint form = dwarf_whatform (attribute);
  const char *start, *end;
  guint8 offset_size = 0;

  if (form == DW_FORM_string && strlen (name) < length)
    return FALSE; /* behind it are other attributes */
  if (!debug_texts_find_around (dwarf_getelf (dwarf_cu_getdwarf (attribute->cu)), name, &start,
                                &end) ||
      (gsize)(end - start) < length)
    return FALSE;
  if ((gsize)(end - name) >= length)
    return change (&changes[0], name, path, length);
  dwarf_cu_info (attribute->cu, NULL, NULL, NULL, NULL, NULL, NULL, &offset_size);
  return (form == DW_FORM_strp || form == DW_FORM_line_strp) && offset_size == sizeof first &&
         change (&changes[0], start, path, length) &&
         change (&changes[1], attribute->valp, &first, sizeof first);
}

/* libdw ties a skeleton to its other half in a file of the skeleton's name for it, and in no other way; the search for
 * it comes before all else that it does with it. So for as long as that takes, the name is that of the file in
 * memory. */
static void
link_to_file (Dwarf_Die *unit, int fd)
{
  g_autofree char *path = g_strdup_printf ("/proc/self/fd/%d", fd);
  Change changes[2] = { 0 };
  Dwarf_Attribute attribute;
  const char *name = get_file_name (unit, &attribute);
  Dwarf_Die split;

  if (name != NULL && change_name (&attribute, name, path, changes))
    dwarf_cu_info (unit->cu, NULL, NULL, NULL, &split, NULL, NULL, NULL);
  change_back (&changes[1]);
  change_back (&changes[0]);
}

static void
link_packed (DebugModule *module, Dwarf_Die *unit, guint64 id)
{
  int fd;

  if (module->linked == NULL)
    open_package (module);
  if (module->package == NULL || !g_hash_table_add (module->linked, unit->cu))
    return;
  fd = debug_package_extract (module->package, id);
  if (fd < 0)
    return;
  link_to_file (unit, fd);
  close (fd);
}

Dwarf_Die
debug_unit_get_full (DebugModule *module, Dwarf_Die *unit, gboolean *ret_is_split)
{
  Dwarf_Die split = { 0 };
  guint64 id = 0;
  guint8 kind = 0;
  Dwarf_Attribute attribute;
  gboolean is_skeleton = dwarf_cu_info (unit->cu, NULL, &kind, NULL, NULL, &id, NULL, NULL) == 0 &&
                         kind == DW_UT_skeleton;
  gboolean is_split;

  if (is_skeleton)
    link_packed (module, unit, id);
  is_split = is_skeleton &&
             dwarf_cu_info (unit->cu, NULL, NULL, NULL, &split, NULL, NULL, NULL) == 0 &&
             split.addr != NULL && split.cu != NULL &&
             debug_texts_end_debug_info (dwarf_getelf (dwarf_cu_getdwarf (split.cu)));
  if (is_skeleton && !is_split && module->missing == NULL)
    module->missing = g_strdup (get_file_name (unit, &attribute));
  if (ret_is_split != NULL)
    *ret_is_split = is_split;
  return is_split ? split : *unit;
}
