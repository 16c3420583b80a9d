/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef STOPS_UV_H
#define STOPS_UV_H

/* Of "threads": of each thread, the main one's last. */
#define N_COUNTERS 5

#endif
