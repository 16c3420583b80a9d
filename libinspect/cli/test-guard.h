/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef CLI_TEST_GUARD_H
#define CLI_TEST_GUARD_H

/* A process that outlives us for a moment: when we are killed, it kills the test. In a session of its
 * own, so that what kills our group does not reach it. */

/* Before any thread. Returns: a descriptor to it, or -1 */
int cli_guard_start (void);
/* From now on the process group @pid is killed with us; 0: there is nothing left to kill. */
void cli_guard_tell (int guard, int pid);

#endif
