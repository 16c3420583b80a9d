/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TEST_PART_SAME_H
#define TEST_PART_SAME_H

#include "model/model.h"

/* A task that was read alone, or in another way, is held against what it is in a model of all. */

void part_same_attributes (const ModelAttributes *a, const ModelAttributes *b);
/* What @a of @whole waits for, what it holds, and who holds that, is in @part, too. */
void part_same_task (ModelTarget *whole, const ModelTask *a, ModelTarget *part);

#endif
