/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef SERVER_PROCESS_H
#define SERVER_PROCESS_H

#include <uv.h>

/* Starts the `server` that lies beside this program. Returns: its port, or -1 */
int server_process_start (uv_loop_t *loop, const char *own_path);
void server_process_stop (uv_loop_t *loop);

#endif
