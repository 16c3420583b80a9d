/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef SOUP_MESSAGE_H
#define SOUP_MESSAGE_H

/* What is told of one message: who waits for it, and how far it has got. A message carries it, and
 * frees it. */

#include "plugin.h"

/* A task that was made for the message is the current one until the call that sends it returns. */
typedef struct
{
  InspectId previous;
  bool has_entered;
} MessageStart;

/* @where: the place that sends it. False: it is told of already, by an operation around this one. */
bool message_begin (SoupMessage *message, InspectKind *kind, InspectLocationId where,
                    MessageStart *ret_start);
/* The call that sends it has returned; what it began in it belongs to the task. */
void message_sent (const MessageStart *start);
/* @status: 0 or a negative errno. */
void message_end (SoupMessage *message, int32_t status);
/* Of the result of a call that has failed, if it has. */
int32_t message_status (bool has_failed, GError **error);

#endif
