/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TARGET_LINKED_H
#define TARGET_LINKED_H

/* Runtimes that are linked into a file which offers none of their functions to others. */

#include "target/image.h"
#include "target/launch.h"

G_BEGIN_DECLS

typedef enum
{
  TARGET_LINKED_NOT,
  TARGET_LINKED_NAMED,    /* its symbol table has them: an agent can follow it */
  TARGET_LINKED_NAMELESS, /* it was stripped of that, too: nobody can tell where they are */
  TARGET_LINKED_MERGED,   /* it was optimised together with its callers: there is nothing to hook */
} TargetLinked;

/* The full symbol table of a file. */
typedef struct
{
  Elf64_Sym *symbols;
  gsize n;
  char *strings; /* ends with a NUL */
  gsize strings_size;
  gsize first_demoted; /* agent/whole.h */
} TargetSymbols;

/* FALSE: it was stripped of that. @image: of a file */
gboolean target_symbols_read (TargetSymbols *table, const TargetImage *image);
void target_symbols_clear (TargetSymbols *table);

/* Whether it asks the kernel for what who waits for descriptors asks it for. */
gboolean target_linked_may_wait (const TargetImage *image);

/* @image: of a file. Reads all of it only where it looks as if there were one. */
TargetLinked target_linked_find (const TargetImage *image, const TargetRuntime *runtime);
/* Of one that offers functions of @runtime to others: whether it was optimised together with what calls them in it, so that
 * these calls cannot be followed. */
gboolean target_linked_is_merged (const TargetImage *image, const TargetRuntime *runtime);

G_END_DECLS

#endif
