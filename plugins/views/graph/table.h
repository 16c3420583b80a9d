/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef GRAPH_TABLE_H
#define GRAPH_TABLE_H

#include "picture.h"

G_BEGIN_DECLS

/** Returns: (transfer full): the edges of @picture, and the nodes without any, as CSV */
char *graph_table_new (const GraphPicture *picture);

G_END_DECLS

#endif
