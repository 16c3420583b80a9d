/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef UV_TESTS_RECORDER_H
#define UV_TESTS_RECORDER_H

#include "harness.h"

#define RECORDER_MAX 200000u

extern Event recorder_events[RECORDER_MAX];

unsigned int recorder_count (void);
void recorder_clear (void);
const InspectKind *recorder_kind (InspectObject object);

#endif
