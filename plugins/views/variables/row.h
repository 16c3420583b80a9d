/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef VARIABLES_ROW_H
#define VARIABLES_ROW_H

#include <gio/gio.h>

#include "value.h"

G_BEGIN_DECLS

/**
 * VariablesRow::changed
 *
 * A value as an item of a list; stays the same object while the value changes.
 */
#define VARIABLES_TYPE_ROW (variables_row_get_type ())
G_DECLARE_FINAL_TYPE (VariablesRow, variables_row, VARIABLES, ROW, GObject)

/** Returns: (transfer none): a copy, without the parts */
const Value *variables_row_get_value (VariablesRow *row);
/** Returns: (transfer none): of #VariablesRow */
GListModel *variables_row_get_parts (VariablesRow *row);
/** Makes @store tell of @parts, and keeps the rows that are the same. */
void variables_rows_update (GListStore *store, GPtrArray *parts);

G_END_DECLS

#endif
