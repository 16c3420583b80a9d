/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TARGET_IMAGE_H
#define TARGET_IMAGE_H

/* The dynamic symbols of an ELF object, read from its file or from the memory of the process that
 * has loaded it: then it matters neither where the file lies nor whether it is still there. What is
 * read is another's, and anything may stand in it: every offset is checked by the read itself, and
 * every count is bounded. */

#include <elf.h>
#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  int fd; /* of the file, or of /proc/PID/mem; not ours */
  gboolean is_memory;
  guint64 bias; /* what is added to addresses of the file; 0 for a file */
  Elf64_Ehdr header;
  Elf64_Phdr segments[64];
  guint n_segments;
  guint64 dynamic; /* address of the dynamic section; 0: none */
  guint64 symbols, strings, strings_size, gnu_hash, hash; /* addresses; 0: none */
  guint64 soname;                                         /* in the strings; 0: none */
  gboolean has_interpreter;
} TargetImage;

/* FALSE: not an ELF file of this machine's class. Without a dynamic section it has no symbols. */
gboolean target_image_init_file (TargetImage *image, int fd);
/* @base: where its first byte is mapped */
gboolean target_image_init_memory (TargetImage *image, int mem_fd, guint64 base);

/* The address of a function or variable that it defines. */
gboolean target_image_lookup (const TargetImage *image, const char *name, guint64 *ret_address);
gboolean target_image_lookup_sized (const TargetImage *image, const char *name,
                                    guint64 *ret_address, guint64 *ret_size);
/* Whether it uses one of these, not weakly, and does not define it. @names: (array zero-terminated=1) */
gboolean target_image_imports (const TargetImage *image, char **names);
/* Whether it needs that library by its soname, so that it stays for as long as @image does. */
gboolean target_image_needs (const TargetImage *image, const TargetImage *library);
/* Whether one of these texts is in its data that nobody writes. @texts: (array zero-terminated=1) */
gboolean target_image_has_text (const TargetImage *image, char **texts);

G_END_DECLS

#endif
