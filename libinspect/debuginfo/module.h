/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef DEBUGINFO_MODULE_H
#define DEBUGINFO_MODULE_H

#include <elfutils/libdwfl.h>
#include <glib.h>

#include "debuginfo/package.h"
#include "debuginfo/symbols.h"

G_BEGIN_DECLS

/* One ELF file where a target has mapped it. It has a libdwfl session for itself, so that a module
 * that went and another that came to the same addresses never meet. */

typedef struct
{
  char *path;
  char *name; /* base name */
  guint64 start;
  guint64 end;
  guint64 bias;
  guint8 *build_id;
  gsize build_id_length;

  Elf *elf; /* until libdwfl takes it over */
  int fd;
  gboolean opened;
  gboolean changed; /* the file is not what the target has mapped */

  const Dwfl_Callbacks *callbacks;
  Dwfl *dwfl;
  Dwfl_Module *dwfl_module; /* NULL: no file to ask */
  gboolean reported;
  gboolean names_checked, names_ended; /* of the symbols; see texts.h */
  gboolean info_checked, info_ended;   /* of the debug info */
  const char *info, *info_end;         /* its .debug_info, which has names in it, too */
  GHashTable *linked;    /* Dwarf_CU whose split debug info was looked for in @package */
  DebugPackage *package; /* NULL until @linked is there, or there is none */
  char *missing; /* the first file with split debug info that was not found; NULL: none yet */
  struct _DebugVariables
      *variables; /* once one was asked for; NULL also where there is no debug info */
  gboolean variables_opened;
  GArray *units; /* UnitRange by start; NULL until the file's own index has failed once */
} DebugModule;

/* What is known of an address; owned. */
typedef struct _DebugPlace DebugPlace;
struct _DebugPlace
{
  DebugPlace *caller; /* where it was inlined; NULL */
  char *function;
  char *file;
  guint line;
  guint64 offset;
  gboolean exact;
};

DebugModule *debug_module_new (const Dwfl_Callbacks *callbacks, const char *path, guint64 start,
                               guint64 end, guint64 bias, const guint8 *build_id,
                               gsize build_id_length);
void debug_module_free (DebugModule *module);
gboolean debug_module_equal (const DebugModule *a, const DebugModule *b);

/* Opens the file and compares its build id; once. */
void debug_module_open (DebugModule *module);
/* Returns: NULL when there is no usable file */
Dwfl_Module *debug_module_get_dwfl (DebugModule *module);

/* Its debug info, for all that asks for names in it: NULL when there is none, or where a name runs
 * out of its section. @ret_bias is to be taken from addresses of the target. */
Dwarf *debug_module_get_dwarf (DebugModule *module, Dwarf_Addr *ret_bias);
/* Returns: the name of a DIE from there; NULL where it has none, or one without an end */
const char *debug_module_get_die_name (const DebugModule *module, Dwarf_Die *die);
/* FALSE: ask for no symbol, since a name runs out of its section. */
gboolean debug_module_can_ask_for_symbols (DebugModule *module);

/* Only a regular file, without waiting for anything; -1: it cannot be had. */
int debug_open_regular (const char *path, gint64 *ret_size);
Elf *debug_begin_elf (int fd, gint64 size);
/* What @address, which lies in a variable, is called in the source. (transfer full) (nullable): not known */
char *debug_module_dup_variable (DebugModule *module, guint64 address);
/* See debug_symbols_find_part(). */
DebugPart debug_module_find_part (DebugModule *module, guint64 address, const char *name);

/* Dwfl_Callbacks for debug_module_new(). */
int debug_module_find_elf (Dwfl_Module *dwfl_module, void **userdata, const char *name,
                           Dwarf_Addr base, char **ret_file_name, Elf **ret_elf);
int debug_module_find_debuginfo (Dwfl_Module *dwfl_module, void **userdata, const char *name,
                                 Dwarf_Addr base, const char *file_name, const char *debuglink_file,
                                 GElf_Word debuglink_crc, char **ret_file_name);

/* place.c: from debug info, else from the symbol table. @ret_place is zeroed by the caller. */
void debug_module_find_place (DebugModule *module, guint64 address, DebugAddressClass of,
                              DebugPlace *ret_place);
void debug_place_clear (DebugPlace *place);

/* unit.c: the compilation unit that has @address; FALSE when there is none. @ret_bias is to be
 * taken from addresses of the target before they are looked up in it. */
gboolean debug_module_find_unit (DebugModule *module, guint64 address, Dwarf_Die *ret_unit,
                                 Dwarf_Addr *ret_bias);
/* split.c: the DIE that has what is in a unit: @unit, or of split debug info the one in its .dwo file or in the
 * program's .dwp, which @ret_is_split says. The line table stays with @unit. Nothing else may ask libdw for that. */
Dwarf_Die debug_unit_get_full (DebugModule *module, Dwarf_Die *unit, gboolean *ret_is_split);
/* (nullable): the file in which what is at @die was declared. */
const char *debug_unit_get_decl_file (Dwarf_Die *die);

G_END_DECLS

#endif
