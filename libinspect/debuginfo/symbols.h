/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef DEBUGINFO_SYMBOLS_H
#define DEBUGINFO_SYMBOLS_H

#include <glib.h>

G_BEGIN_DECLS

/* Addresses of a target to `function (file.c:line)`, from the ELF files alone: it works when the
 * target has ended. elfutils (libdwfl); separate debug files by build id and by debuglink. */

typedef struct _DebugSymbols DebugSymbols;

typedef enum
{
  DEBUG_ADDRESS_CALL,     /* a return address: looked up one byte before */
  DEBUG_ADDRESS_FUNCTION, /* the address of a function: its declaration */
  DEBUG_ADDRESS_MODULE, /* a return address: which module has it, and nothing else; no file is read */
} DebugAddressClass;

typedef struct _DebugSymbol DebugSymbol;
struct _DebugSymbol
{
  const char *function; /* C++ and Rust (but its "v0" names) demangled where a C++ runtime is there
                           to do it; NULL when unknown */
  const char *file;     /* absolute where it is known in which folder the compiler ran; NULL without
                           debug info */
  guint line;           /* 0 without debug info */
  const char *module;   /* base name; NULL when no module covers the address */
  guint64 offset;       /* from the function where it is known, else in the module's file */
  gboolean exact;       /* function comes from debug info or a symbol that covers the address */
  const DebugSymbol *caller; /* what the compiler has put that function into, at the line that calls
                                it; NULL: it is called by a call */
};

DebugSymbols *debug_symbols_new (void);
void debug_symbols_free (DebugSymbols *symbols);

/* Folders that are searched for separate debug files, colon separated, as the tools of elfutils
 * take it; NULL is their default (".debug" beside the file, then /usr/lib/debug). Before the first
 * lookup. */
void debug_symbols_set_debug_path (DebugSymbols *symbols, const char *path);

/* Modules may be added at any time; one that is there already is ignored, one that overlaps others
 * takes their place for later lookups. @path is only opened where it is absolute: "linux-vdso.so.1"
 * has no file. @build_id may be NULL; where the file has another one, the file is not used and the
 * module is reported as changed. */
void debug_symbols_add_module (DebugSymbols *symbols, const char *path, guint64 start, guint64 end,
                               guint64 bias, const guint8 *build_id, gsize build_id_length);

/* Returns: (transfer none): cached, lives as long as @symbols; never NULL */
const DebugSymbol *debug_symbols_lookup (DebugSymbols *symbols, guint64 address,
                                         DebugAddressClass of);
/* Of which file @address is, as it was told; FALSE: of none. Lives until modules are added. */
typedef struct
{
  const char *path;
  guint64 bias;
  const guint8 *build_id;
  gsize build_id_length;
} DebugModuleInfo;
gboolean debug_symbols_find_module (DebugSymbols *symbols, guint64 address,
                                    DebugModuleInfo *ret_info);

typedef enum
{
  DEBUG_PART_UNKNOWN, /* no variable of a file with debug info is there */
  DEBUG_PART_FOUND,
  DEBUG_PART_OTHER, /* something else is */
} DebugPart;

/* Whether a struct of that name is at @address, in whatever variable. */
DebugPart debug_symbols_find_part (DebugSymbols *symbols, guint64 address, const char *name);

/* Addresses of code, up to below @high. */
typedef struct
{
  guint64 low, high;
} DebugRange;

/* Where the code of a function is, also where the compiler has put it into others: "fetch_posts",
 * "Client::fetch". Returns: (transfer full) (element-type DebugRange): empty: no module that is known
 * has it */
GArray *debug_symbols_find_function (DebugSymbols *symbols, const char *name);
/* Where the code of a line is; @file: its base name, or the end of its path. Where that line has no
 * code, of the next one that has: @ret_line. */
GArray *debug_symbols_find_line (DebugSymbols *symbols, const char *file, guint line,
                                 guint *ret_line);

/* "fetch_posts (client.c:88)", "fetch_posts", "app+0x1234"; (transfer full) */
char *debug_symbol_dup_text (const DebugSymbol *symbol);
/* Paths of modules whose file has changed since the target loaded it, as far as they have been
 * asked for; (transfer none) */
const char *const *debug_symbols_get_changed (DebugSymbols *symbols);

G_END_DECLS

#endif
