/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef UV_TESTS_DRAIN_H
#define UV_TESTS_DRAIN_H

#include <uv.h>

/* Runs @loop until nothing is left, closes every handle of it, and runs it again. */
void drain_loop (uv_loop_t *loop);

#endif
