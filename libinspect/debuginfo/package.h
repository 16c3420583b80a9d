/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef DEBUGINFO_PACKAGE_H
#define DEBUGINFO_PACKAGE_H

#include <glib.h>

G_BEGIN_DECLS

/* A .dwp file: the split debug info of all units of a program, as `dwp`, `llvm-dwp` and rustc (split-debuginfo =
 * "packed") put it together. Two tables in it say where in each section the part of a unit is. */

/* What a unit has a part in. */
typedef enum
{
  PACKAGE_INFO,
  PACKAGE_TYPES,
  PACKAGE_ABBREV,
  PACKAGE_LINE,
  PACKAGE_LOC,
  PACKAGE_LOCLISTS,
  PACKAGE_STR_OFFSETS,
  PACKAGE_RNGLISTS,
  PACKAGE_N_SECTIONS,
} PackageSection;

/* Bytes of the package, borrowed. */
typedef struct
{
  guint64 offset;
  guint64 size;
} PackagePart;

/* package-index.c: one of both tables, in the form of DWARF 5 or in the older one of GNU. */
typedef struct
{
  guint version; /* 2 or 5 */
  guint32 n_columns, n_rows, n_slots;
  const guint8 *ids;     /* n_slots of 8 bytes */
  const guint8 *rows;    /* n_slots of 4 bytes: from 1 on; 0: nothing is there */
  const guint8 *columns; /* n_columns of 4 bytes: of which section each is */
  const guint8 *offsets; /* n_rows times n_columns of 4 bytes */
  const guint8 *sizes;   /* likewise */
} PackageIndex;

/* FALSE: it is no such table, or not whole. @bytes stay where they are. */
gboolean package_index_init (PackageIndex *index, const guint8 *bytes, gsize length);
/* Returns: the row of that unit; 0: it has none */
guint32 package_index_find (const PackageIndex *index, guint64 id);
/* Of a row from 1 to n_rows; FALSE: it has nothing of that section. */
gboolean package_index_get (const PackageIndex *index, guint32 row, PackageSection section,
                            PackagePart *ret_part);

/* package.c */
typedef struct _DebugPackage DebugPackage;

/* (nullable): there is none that can be read */
DebugPackage *debug_package_open (const char *path);
void debug_package_free (DebugPackage *package);
/* A file in memory that has that unit alone, as a .dwo file has it, for the caller to close. -1: the unit is not
 * there, or more was asked for than a package of that size has. */
int debug_package_extract (DebugPackage *package, guint64 id);

G_END_DECLS

#endif
