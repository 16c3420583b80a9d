/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef AGENT_SYMBOL_TABLE_H
#define AGENT_SYMBOL_TABLE_H

/* The full symbol table of an object, from its file; where that was stripped of it, or is another by now, what the
 * object offers to others. */

#include "agent/object.h"

typedef struct
{
  const Elf64_Sym *symbols;
  size_t n_symbols;
  const char *strings; /* ends with a NUL */
  size_t strings_size;
  size_t symbols_bytes; /* of ours; 0: the tables are the object's */
  size_t first_demoted; /* from there on local symbols are such as the linker made local */
} AgentSymbolTable;

/* What it offers to others; nothing is to be closed. */
void agent_symbol_table_lend (AgentSymbolTable *table, const AgentObject *object);
/* Reads the file. */
void agent_symbol_table_open (AgentSymbolTable *table, const AgentObject *object);
void agent_symbol_table_close (AgentSymbolTable *table);

/* The name of a function that others may call, or might if the linker let them, and that is in the code of the
 * object; NULL for any other symbol. */
const char *agent_symbol_table_get_function (const AgentSymbolTable *table,
                                             const AgentObject *object, size_t i);

#endif
