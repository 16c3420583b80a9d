/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef DEBUGINFO_TEXTS_H
#define DEBUGINFO_TEXTS_H

#include <gelf.h>
#include <glib.h>

G_BEGIN_DECLS

/* libelf and libdw hand out names without a look at where they end: the last one of a damaged
 * section runs into whatever lies behind it. */

/* Returns: whether the last name of each table of symbols' names ends there; FALSE: ask for none */
gboolean debug_texts_end_symbols (Elf *elf);
/* The same for the names of debug info, once libdw has opened it: it unpacks what is compressed. */
gboolean debug_texts_end_debug_info (Elf *elf);

/* The section whose name begins with @prefix; its bytes belong to @elf.
 *
 * Returns: FALSE when there is none, or nothing in it */
gboolean debug_texts_find_section (Elf *elf, const char *prefix, const char **ret_start,
                                   const char **ret_end);
/* The section of debug info that has @text, which came from there. */
gboolean debug_texts_find_around (Elf *elf, const char *text, const char **ret_start,
                                  const char **ret_end);

G_END_DECLS

#endif
