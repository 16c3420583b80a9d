/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef MODEL_STORE_H
#define MODEL_STORE_H

#include <glib.h>

G_BEGIN_DECLS

/* Memory for what is only added to and is all let go at once: what tasks did. The first of it is
 * memory like any other; what comes after that lies in a file without a name, mapped into memory, so
 * that the kernel can take its pages for others and bring them back. Of that, only what was added last is
 * kept in the process: whoever reads older parts gets their pages from the file. Nothing moves, so
 * that readers need no lock.
 *
 * One thread allocates at a time. */

typedef struct _ModelStore ModelStore;

typedef struct
{
  gsize memory;    /* bytes that are memory like any other; 0: 64 MiB */
  gsize resident;  /* bytes of the file that stay mapped in; 0: 192 MiB */
  guint64 maximum; /* bytes of all; 0: 16 GiB, or 1 GiB where there is no room for a file */
} ModelStoreLimits;

/* @limits: (nullable) */
ModelStore *model_store_new (const ModelStoreLimits *limits);
void model_store_free (ModelStore *store);
/* Zeros, aligned to 16 bytes. NULL: the store is full, and stays so. */
gpointer model_store_allocate (ModelStore *store, gsize size);
/* Bytes that were given out, and those of them that lie in the file. May be asked by any thread. */
guint64 model_store_get_size (const ModelStore *store, guint64 *ret_in_file);

G_END_DECLS

#endif
