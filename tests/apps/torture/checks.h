/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TORTURE_CHECKS_H
#define TORTURE_CHECKS_H

/* What a program can see of somebody who meddles with it. */

#include <stdbool.h>

/* Counts what should not have been, and says the first of them. Any thread. */
void check (bool is_right, const char *what);
void check_count (unsigned long n);
/* Threads that sleep in each sort of system call that a stop may break off, with no signal in sight. */
void check_begin_sleepers (int n);
/* Ends the program at SIGTERM, once; prints what was counted. 0: nothing was wrong. */
void check_finish (void);
/* A timer that sends SIGALRM to the process without end, 500 times a second; its handler allocates
 * nothing, but takes its time. */
void check_begin_signals (void);

#endif
