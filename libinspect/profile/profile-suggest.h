/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef PROFILE_PROFILE_SUGGEST_H
#define PROFILE_PROFILE_SUGGEST_H

/* From where on something is worth a suggestion. Below, a profile has the figures and no opinion. */

#include <glib.h>

/* An operation that did not end: so long, and so many times what one in a hundred takes. */
#define SUGGEST_OPEN_NS (2 * G_GINT64_CONSTANT (1000000000))
#define SUGGEST_OPEN_TIMES 3
/* An operation is not looked at for less, in all. */
#define SUGGEST_OPERATION_NS (100 * G_GINT64_CONSTANT (1000000))
#define SUGGEST_OPERATION_COUNT 5
#define SUGGEST_LOOP_BUSY_SHARE 0.5
#define SUGGEST_LOOP_BUSY_NS (5 * G_GINT64_CONSTANT (1000000)) /* on average: less is no harm */
#define SUGGEST_QUEUED_SHARE 0.5
#define SUGGEST_ROW 10
#define SUGGEST_ROW_SHARE 0.8
#define SUGGEST_SLOW_ANSWER_NS (200 * G_GINT64_CONSTANT (1000000)) /* half of all take as long */

/* The slowest answer, where others are quick: so long, and so many times what half of all take. */
#define SUGGEST_STRAGGLER_NS G_GINT64_CONSTANT (1000000000)
#define SUGGEST_STRAGGLER_TIMES 10

#define SUGGEST_WAKES 100
#define SUGGEST_SELF_WAKE_SHARE 0.5
#define SUGGEST_IDLE_WAKE_SHARE 0.5

#define SUGGEST_LOCK_COUNT 10
#define SUGGEST_LOCK_SHARE 0.05 /* of the time of the program, waited in all */
#define SUGGEST_LOCK_P99_NS (10 * G_GINT64_CONSTANT (1000000))

#define SUGGEST_POOL_COUNT 5
#define SUGGEST_POOL_FULL_SHARE 0.1 /* of the time of the program */
#define SUGGEST_POOL_P95_NS (10 * G_GINT64_CONSTANT (1000000))

#define SUGGEST_CALLBACK_NS (50 * G_GINT64_CONSTANT (1000000)) /* that it runs by itself, once */
#define SUGGEST_SLEEP_SHARE 0.5                                /* of it */

#define SUGGEST_LATE_COUNT 20
#define SUGGEST_LATE_P99_NS (20 * G_GINT64_CONSTANT (1000000))

#endif
