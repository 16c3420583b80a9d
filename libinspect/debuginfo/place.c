/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include <dwarf.h>
#include <stdlib.h>
#include <elfutils/libdw.h>

#include "debuginfo/demangle.h"
#include "debuginfo/module.h"

#define MAX_INLINED 64 /* in each other; a damaged file could go on for ever */
/* The most that a lock takes, a pthread_rwlock_t: what is that small is called by its own name. */
#define LARGEST_WHOLE 56u

/* With the names of what it is in (C++, Rust) where the linker's name can be read, else as it is
 * written in the source. */
static char *
dup_die_name (DebugModule *module, Dwarf_Die *die)
{
  Dwarf_Attribute attribute;
  const char *linkage = NULL;
  char *demangled;

  if (dwarf_attr_integrate (die, DW_AT_linkage_name, &attribute) != NULL ||
      dwarf_attr_integrate (die, DW_AT_MIPS_linkage_name, &attribute) != NULL)
    linkage = dwarf_formstring (&attribute);
  demangled = debug_demangle (linkage);
  return demangled != NULL ? demangled : g_strdup (debug_module_get_die_name (module, die));
}

/* What the code at @address is in, from the inside out, through all that was inlined there.
 * dwarf_getscopes() itself goes on where a function was written, not where it was put. */
static int
get_scopes (Dwarf_Die *unit, Dwarf_Addr address, Dwarf_Die **ret_scopes)
{
  Dwarf_Die *inner = NULL;
  int n = 0;

  *ret_scopes = NULL;
  if (dwarf_getscopes (unit, address, &inner) > 0)
    n = dwarf_getscopes_die (&inner[0], ret_scopes);
  free (inner);
  return MAX (n, 0);
}

static gboolean
find_linked_function (const Dwarf_Die *scopes, int n_scopes, Dwarf_Die *ret_function)
{
  for (int i = 0; i < n_scopes; i++)
    {
      *ret_function = scopes[i];
      if (dwarf_tag (ret_function) == DW_TAG_subprogram)
        return TRUE;
    }
  return FALSE;
}

/* Compilers name most files from the folder in which they ran. Where that was told as something else
 * than a folder (-ffile-prefix-map), the name stays as it is. */
static char *
dup_file (Dwarf_Die *unit, const char *file)
{
  Dwarf_Attribute attribute;
  const char *folder = dwarf_formstring (dwarf_attr (unit, DW_AT_comp_dir, &attribute));

  if (file == NULL || g_path_is_absolute (file) || folder == NULL || !g_path_is_absolute (folder))
    return g_strdup (file);
  return g_canonicalize_filename (file, folder);
}

/* The line that calls what was inlined there. */
static void
set_call (Dwarf_Die *unit, Dwarf_Die *inlined, DebugPlace *place)
{
  Dwarf_Attribute attribute;
  Dwarf_Word file = 0, line = 0;
  Dwarf_Files *files = NULL;
  size_t n_files = 0;

  if (dwarf_formudata (dwarf_attr (inlined, DW_AT_call_file, &attribute), &file) != 0 ||
      dwarf_formudata (dwarf_attr (inlined, DW_AT_call_line, &attribute), &line) != 0 ||
      dwarf_getsrcfiles (unit, &files, &n_files) != 0 || file >= n_files)
    return;
  place->file = dup_file (unit, dwarf_filesrc (files, file, NULL, NULL));
  place->line = line <= G_MAXINT ? (guint)line : 0;
}

/* The function in which a programmer would look for @address: the innermost one, also where the
 * compiler has inlined it into another; and all others up to the one that is called. */
static gboolean
find_source_functions (DebugModule *module, Dwarf_Die *unit, Dwarf_Die *scopes, int n_scopes,
                       DebugPlace *place, Dwarf_Die *ret_function)
{
  Dwarf_Die *inlined = NULL;
  guint n_found = 0;

  for (int i = 0; i < n_scopes && n_found < MAX_INLINED; i++)
    {
      int tag = dwarf_tag (&scopes[i]);

      if (tag != DW_TAG_subprogram && tag != DW_TAG_inlined_subroutine)
        continue;
      if (n_found++ == 0)
        *ret_function = scopes[i];
      if (inlined != NULL)
        {
          place->caller = g_new0 (DebugPlace, 1);
          place = place->caller;
          set_call (unit, inlined, place);
        }
      place->function = dup_die_name (module, &scopes[i]);
      place->exact = place->function != NULL;
      if (tag == DW_TAG_subprogram)
        break;
      inlined = &scopes[i];
    }
  return n_found > 0;
}

static void
set_line (Dwarf_Die *unit, Dwarf_Addr address, DebugPlace *place)
{
  Dwarf_Line *line = dwarf_getsrc_die (unit, address);
  const char *file;
  int number = 0;

  if (line == NULL)
    return;
  file = dwarf_linesrc (line, NULL, NULL);
  if (file == NULL)
    return;
  g_free (place->file);
  place->file = dup_file (unit, file);
  /* 0 stays: the compiler made this code from no line. */
  dwarf_lineno (line, &number);
  place->line = (guint)MAX (number, 0);
}

static void
set_declaration (Dwarf_Die *unit, Dwarf_Die *function, DebugPlace *place)
{
  const char *file = debug_unit_get_decl_file (function);
  int line = 0;

  if (file == NULL || dwarf_decl_line (function, &line) != 0 || line <= 0)
    return;
  g_free (place->file);
  place->file = dup_file (unit, file);
  place->line = (guint)line;
}

static void
find_in_debug_info (DebugModule *module, guint64 address, DebugAddressClass of, DebugPlace *place)
{
  guint64 at = of == DEBUG_ADDRESS_CALL ? address - 1 : address;
  Dwarf_Die unit, full, function;
  Dwarf_Die *scopes = NULL;
  Dwarf_Addr bias = 0, entry = 0;
  gboolean found;
  int n_scopes;

  if (!debug_module_find_unit (module, at, &unit, &bias))
    return;
  set_line (&unit, at - bias, place);
  full = debug_unit_get_full (module, &unit, NULL);
  n_scopes = get_scopes (&full, at - bias, &scopes);
  if (of == DEBUG_ADDRESS_CALL)
    found = find_source_functions (module, &unit, scopes, n_scopes, place, &function);
  else if ((found = find_linked_function (scopes, n_scopes, &function)))
    {
      place->function = dup_die_name (module, &function);
      place->exact = place->function != NULL;
    }
  free (scopes);
  if (!found)
    return;
  if (dwarf_entrypc (&function, &entry) == 0 && address - bias >= entry)
    place->offset = address - bias - entry;
  if (of == DEBUG_ADDRESS_FUNCTION)
    set_declaration (&unit, &function, place);
}

/* "m[1]" rather than "m+0x28". */
static void
find_part (DebugModule *module, guint64 address, DebugPlace *place)
{
  char *path = debug_module_dup_variable (module, address);

  if (path == NULL)
    return;
  g_free (place->function);
  place->function = path;
  place->offset = 0;
}

static void
find_in_symbols (DebugModule *module, guint64 address, DebugAddressClass of, DebugPlace *place)
{
  guint64 at = of == DEBUG_ADDRESS_CALL ? address - 1 : address;
  GElf_Off offset = 0;
  GElf_Sym symbol = { 0 };
  const char *name;
  int type;

  if (!debug_module_can_ask_for_symbols (module))
    return;
  name = dwfl_module_addrinfo (module->dwfl_module, at, &offset, &symbol, NULL, NULL, NULL);
  type = GELF_ST_TYPE (symbol.st_info);

  /* Hand-written assembly has symbols without a size: the last one before the address is likely,
   * not certain. Markers of sections are no functions at all. */
  if (name == NULL || *name == '\0')
    return;
  if (symbol.st_size == 0 && type != STT_FUNC && type != STT_GNU_IFUNC)
    return;
  place->function = debug_demangle (name);
  if (place->function == NULL)
    place->function = debug_dup_source_name (name);
  place->exact = offset < symbol.st_size;
  place->offset = offset + (address - at);
  if (type == STT_OBJECT && place->exact && of == DEBUG_ADDRESS_FUNCTION &&
      (offset != 0 || symbol.st_size > LARGEST_WHOLE))
    find_part (module, address, place);
}

void
debug_module_find_place (DebugModule *module, guint64 address, DebugAddressClass of,
                         DebugPlace *ret_place)
{
  ret_place->offset = address - module->bias;
  if (debug_module_get_dwfl (module) == NULL)
    return;
  find_in_debug_info (module, address, of, ret_place);
  if (ret_place->function == NULL)
    find_in_symbols (module, address, of, ret_place);
}

void
debug_place_clear (DebugPlace *place)
{
  g_clear_pointer (&place->function, g_free);
  g_clear_pointer (&place->file, g_free);
  if (place->caller != NULL)
    debug_place_clear (place->caller);
  g_clear_pointer (&place->caller, g_free);
}
