/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef VARIABLES_STRUCTURE_H
#define VARIABLES_STRUCTURE_H

#include "value.h"

G_BEGIN_DECLS

/**
 * structure_add_parts:
 * @text: as debug information is shown: "0x55d0 -> job {id: 12, name: \"fetch\", at: [3, -4]}", "Some(User{id: 5})"
 *
 * Gives @value the parts that @text has, each with what it was told as and its type; none where it is no structure,
 * or not a whole one.
 */
void structure_add_parts (Value *value, const char *text);
/* (transfer full): as far as a text says of what type it is; "" */
char *structure_dup_type (const char *text);

G_END_DECLS

#endif
