/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef MODEL_PAGES_H
#define MODEL_PAGES_H

#include <glib.h>

G_BEGIN_DECLS

/* A model of 200,000 tasks is looked up all over some 300 MB: with pages of 4 KiB nearly each look misses the
 * processor's list of pages, too. */
#define MODEL_PAGE ((gsize)2 << 20)

/* Zeros; in large pages, as far as the kernel has some, where @size is one or more. */
gpointer model_pages_new (gsize size);
/* @size: as it was asked for */
void model_pages_free (gpointer memory, gsize size);

G_END_DECLS

#endif
