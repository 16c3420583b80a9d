/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef VARIABLES_TREE_H
#define VARIABLES_TREE_H

#include <gtk/gtk.h>

#include "value.h"

G_BEGIN_DECLS

/**
 * VariablesTree::activated (task, place): somebody wants to go there: a task, or 0; a place, or ""
 *
 * Values with their parts; what has changed stands out. It takes any tree of values.
 */
#define VARIABLES_TYPE_TREE (variables_tree_get_type ())
G_DECLARE_FINAL_TYPE (VariablesTree, variables_tree, VARIABLES, TREE, GtkWidget)

GtkWidget *variables_tree_new (void);
/** Shows the parts of @value; what was open stays open. */
void variables_tree_set_value (VariablesTree *tree, const Value *value);
/** Returns: (transfer full) (nullable): what is selected, "attempts: 3"; %NULL: nothing is */
char *variables_tree_dup_selected (VariablesTree *tree);

G_END_DECLS

#endif
