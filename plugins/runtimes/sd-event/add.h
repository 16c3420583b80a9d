/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef SD_EVENT_ADD_H
#define SD_EVENT_ADD_H

#include "source.h"

/* Puts a function of ours into the place of a callback that is there already. Returns: the program's own, or NULL where
 * that cannot be followed: it is as it was */
Callback add_follow (SourceType type, Callback *callback);

#endif
