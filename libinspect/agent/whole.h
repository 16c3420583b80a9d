/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef AGENT_WHOLE_H
#define AGENT_WHOLE_H

/* Which functions of a full symbol table were compiled as functions that others call, and so may be hooked at their
 * beginning. What was optimised together with its callers (-flto) may have been changed, or copied into them. The
 * inspector goes by the same rule (target/linked.c). */

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>

/* From which symbol on local ones are such as the linker made local; SIZE_MAX: none are. @strings: ends with a NUL */
size_t agent_whole_find_demoted (const Elf64_Sym *symbols, size_t n, const char *strings,
                                 size_t strings_size);

/* Whether local functions whose names have that prefix stand among what was optimised as a whole. Then the others with
 * that prefix were, too, though they may be offered to others. */
bool agent_whole_is_merged (const Elf64_Sym *symbols, size_t n, const char *strings,
                            size_t strings_size, const char *prefix);

static inline bool
agent_whole_is (const Elf64_Sym *symbol, size_t i, size_t first_demoted)
{
  return ELF64_ST_BIND (symbol->st_info) != STB_LOCAL || i > first_demoted;
}

#endif
