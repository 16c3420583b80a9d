/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef AGENT_SYMBOL_TABLE_H
#define AGENT_SYMBOL_TABLE_H

/* The full symbol table of an object, from its file; where that was stripped of it, or is another by now, what the
 * object offers to others. */

#include "agent/known-layout.h"
#include "agent/object.h"

typedef struct
{
  const Elf64_Sym *symbols;
  size_t n_symbols;
  const char *strings; /* ends with a NUL */
  size_t strings_size;
  size_t symbols_bytes; /* of ours; 0: the tables are the object's */
  size_t first_demoted; /* from there on local symbols are such as the linker made local */
  const AgentKnownObject
      *known; /* it is not whole, and this says what else was in the file; NULL: it is */
} AgentSymbolTable;

/* What an inspector knows of the files (known-layout.h), which are not read then; stays. NULL: it knows nothing. */
void agent_symbol_table_learn (const void *bytes, size_t size);

/* What it offers to others; nothing is to be closed. */
void agent_symbol_table_lend (AgentSymbolTable *table, const AgentObject *object);
/* For markers of runtimes, and functions with @prefix, or NULL: in what the inspector knows, or reads the file. */
void agent_symbol_table_open (AgentSymbolTable *table, const AgentObject *object,
                              const char *prefix);
void agent_symbol_table_close (AgentSymbolTable *table);

/* The name of a function that others may call, or might if the linker let them, and that is in the code of the
 * object; NULL for any other symbol. */
const char *agent_symbol_table_get_function (const AgentSymbolTable *table,
                                             const AgentObject *object, size_t i);

#endif
