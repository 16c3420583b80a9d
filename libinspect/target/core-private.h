/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TARGET_CORE_PRIVATE_H
#define TARGET_CORE_PRIVATE_H

#include <sys/procfs.h>

#include "target/core.h"

G_BEGIN_DECLS

/* A piece of the memory of the process. */
typedef struct
{
  guint64 begin, end;
  guint64 offset; /* in the core file */
  guint64 length; /* of what was written there; the rest is elsewhere, or nothing but zeros */
  gboolean is_readable, is_writable, is_code;
} CoreSegment;

/* Part of a file, where it was mapped. */
typedef struct
{
  guint64 begin, end;
  guint64 offset; /* in the file */
  const char *path;
} CoreMapping;

typedef struct
{
  char *path;            /* as it was mapped */
  GMappedFile *contents; /* NULL: it is not there, or another one */
} CoreFile;

struct _TargetCore
{
  char *path;
  char *program; /* (nullable): that the user has named */
  GMappedFile *contents;
  GArray *segments;  /* CoreSegment, by address */
  GArray *mappings;  /* CoreMapping, by address; of programs and libraries alone */
  GHashTable *files; /* path -> CoreFile */
  GArray *regions;   /* InspectorProbeRegion */
  GArray *modules;   /* InspectorProbeModule, which own their texts */
  GArray *threads;   /* InspectorProbeThread */
  GArray *registers; /* elf_gregset_t, of each of them */
  GString *command;
  guint64 entry;     /* where the program begins; 0 unknown */
  guint64 n_missing; /* bytes of memory that the file was cut off before */
  int pid, signal;
  gint64 now_ns;
};

/* core-notes.c: what is not memory. FALSE: there are none, or they are not to be read. */
gboolean target_core_read_notes (TargetCore *core, const guint8 *notes, gsize length);
/* core-files.c: finds out which of the files are the ones that were mapped. FALSE: @error. */
gboolean target_core_find_modules (TargetCore *core, char **ret_warning, GError **error);
/* What of @path was mapped; NULL: it cannot be had. */
const guint8 *target_core_get_file (TargetCore *core, const CoreMapping *mapping, guint64 offset,
                                    gsize *ret_length);
/* Only what the core file itself has. */
gboolean target_core_read_written (gpointer core, guint64 address, void *buffer, gsize length);

G_END_DECLS

#endif
