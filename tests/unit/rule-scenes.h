/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TEST_RULE_SCENES_H
#define TEST_RULE_SCENES_H

#include "model-fixture.h"

/* What a program may look like when rules are asked about it: a task that waits, from now on. */

#define TASK 0x1000
#define OTHER 0x2000
#define LIMIT SECONDS (2)

typedef void (*Scene) (Fixture *f);

void scene_file (Fixture *f);
void scene_file_bytes (Fixture *f);
void scene_listen (Fixture *f);
void scene_interval (Fixture *f);
void scene_signal (Fixture *f);
void scene_idle (Fixture *f);
void scene_child (Fixture *f);
void scene_plain (Fixture *f);
void scene_close (Fixture *f);
void scene_timer_due_now (Fixture *f);
void scene_timer_due_later (Fixture *f);
void scene_timer_without_due (Fixture *f);
void scene_work_queued (Fixture *f);
void scene_work_running (Fixture *f);
void scene_file_running (Fixture *f);
void scene_connect (Fixture *f);
void scene_connect_by_resource (Fixture *f);
void scene_write (Fixture *f);
void scene_http (Fixture *f);
void scene_first_ask (Fixture *f);
void scene_reliable_peer (Fixture *f);
void scene_unreliable_peer (Fixture *f);
void scene_answered (Fixture *f);
void scene_server (Fixture *f);
void scene_not_reading (Fixture *f);
void scene_callback (Fixture *f);
void scene_callback_returned (Fixture *f);
void scene_work_function (Fixture *f);
void scene_nothing (Fixture *f);
void scene_lock_held (Fixture *f);
void scene_lock_abandoned (Fixture *f);
void scene_lock_of_unknown_holder (Fixture *f);
void scene_sleeps_in_callback (Fixture *f);
void scene_idle_worker (Fixture *f);
void scene_semaphore (Fixture *f);
void scene_connections_taken (Fixture *f);
void scene_connections_free (Fixture *f);
void scene_joins_thread (Fixture *f);
void scene_turns_loop (Fixture *f);
void scene_other_loop_in_callback (Fixture *f);
void scene_own_loop_in_callback (Fixture *f);
void scene_dropped (Fixture *f);
void scene_peer_stopped (Fixture *f);
void scene_owed (Fixture *f);
void scene_loop_not_run (Fixture *f);
void scene_cancelled (Fixture *f);
void scene_nobody_left (Fixture *f);

/* @TASK waits for something of that kind. */
void scene_await (Fixture *f, TestKind kind);
/* Asks on the connection; @request: NULL: no text. */
void scene_ask (Fixture *f, const char *request);
const AnalysisRule *scene_judge (Fixture *f, guint64 id, gint64 now_ns,
                                 AnalysisSeverity *ret_severity);

#endif
