/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef SOUP_MESSAGE_H
#define SOUP_MESSAGE_H

/* One message from the call that sends it to its end: who waits for it, and where it goes. */

#include "sent.h"

typedef enum
{
  HOW_CALLS_BACK,
  HOW_FORGETS, /* nobody is called back */
  HOW_BLOCKS,  /* the thread sleeps in the call */
} SendHow;

/* A task that was made for the message is the current one until the call that sends it returns. */
typedef struct
{
  InspectId previous;
  bool has_entered;
} MessageStart;

/* @where: the place that sends it. NULL: it is told of already, by an operation around this one, or
 * there is no room. */
Sent *message_begin (SoupSession *session, SoupMessage *message, SendKind kind, SendHow how,
                     InspectLocationId where, MessageStart *ret_start);
/* The call that sends it has returned; what it began in it belongs to the task. */
void message_sent (const MessageStart *start);
/* What is told of @message, which may be NULL; NULL for nothing. */
Sent *message_find (SoupMessage *message);
/* Whoever waits for it has the answer, or @error. */
void message_end (Sent *sent, bool has_failed, const GError *error);

/* Where it goes; said anew after a redirect. */
void message_say_target (Sent *sent);
/* Without the password, and without all that may be secret where nothing of it is to be recorded. */
void message_say_url (InspectObject object, GUri *uri);
void message_say (InspectObject object, InspectKind *key, const char *text);

#endif
