/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef RUN_REPLAY_H
#define RUN_REPLAY_H

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

typedef enum
{
  REPLAY_TO_ITS_END,
  REPLAY_UNTIL_IT_IS_READY, /* it says a line; then it is ended by SIGTERM */
  REPLAY_UNTIL_IT_IS_STUCK, /* so somebody tells; then the same */
  REPLAY_UNTIL_IT_ANSWERED, /* the line is a port, which answers one HTTP request; then the same */
} ReplayLength;

/* Records @argv while it is inspected, opens the recording, and fails where the two reports differ in anything but
 * the time at which they were made. Returns: (nullable) (transfer full): the recording, where there is more to look
 * at; NULL: the program has used nothing that is inspected */
char *replay_assert_equal (const char *const *argv, ReplayLength length, const char *path);

G_END_DECLS

#endif
