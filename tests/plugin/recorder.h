/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef PLUGIN_RECORDER_H
#define PLUGIN_RECORDER_H

#include "harness.h"

#define RECORDER_MAX 200000u

extern Event recorder_events[RECORDER_MAX];

unsigned int recorder_count (void);
void recorder_clear (void);
const InspectKind *recorder_kind (InspectObject object);

#endif
