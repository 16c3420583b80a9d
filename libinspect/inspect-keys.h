/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef INSPECT_KEYS_H
#define INSPECT_KEYS_H

/* Names of the attribute keys that the inspector gives a meaning to. A runtime is free to define
 * others: they are shown by label and value. Type: see InspectValueType in inspect.h. */

#define INSPECT_KEY_RESOURCE "resource" /* OBJECT: what an await waits on; a task: its end */
#define INSPECT_KEY_OWNER "owner"       /* OBJECT: the resource that carries this one (its loop) */
#define INSPECT_KEY_CALLBACK "callback" /* CODE: what runs when the await is over */
#define INSPECT_KEY_WORK "work"         /* CODE: the function that a pool thread runs */
#define INSPECT_KEY_DUE "due"           /* TIME: when a timer fires */
#define INSPECT_KEY_REPEAT "repeat"     /* DURATION: period of a repeating timer */
#define INSPECT_KEY_BYTES "bytes"       /* BYTES: asked for, on an await */
#define INSPECT_KEY_DONE "done"         /* BYTES: transferred by the last firing of an await */
#define INSPECT_KEY_FD "fd"             /* FD: of a resource */
#define INSPECT_KEY_LOCAL "local"       /* SOCKADDR: own end, on a resource or an await */
#define INSPECT_KEY_PEER "peer"         /* SOCKADDR: other end, on a resource or an await */
#define INSPECT_KEY_CLIENT "client"     /* BOOL: this side opened the connection */
#define INSPECT_KEY_REQUEST "request"   /* TEXT: first line of the last request on a resource */
#define INSPECT_KEY_PATH "path"         /* TEXT: a file, a pipe, a watched path */
#define INSPECT_KEY_COMPLETER "completer" /* OBJECT: address of the object that has to be at hand to
                                             end the await: once nobody knows it, nobody can */
#define INSPECT_KEY_HOST "host"         /* TEXT: a name that is looked up */
#define INSPECT_KEY_PID "pid"           /* PID: of a child process */
#define INSPECT_KEY_COMMAND "command"   /* TEXT: what a child process runs */
#define INSPECT_KEY_STDOUT "stdout"     /* FD: where what that child writes to its stdout is read */
#define INSPECT_KEY_STDERR "stderr"     /* FD: the same of its stderr */
#define INSPECT_KEY_SIGNAL "signal"     /* U64: a signal's number */
#define INSPECT_KEY_NAME "name"         /* TEXT: of a task or resource */
#define INSPECT_KEY_RUNNING "running"   /* BOOL: a pool thread has taken up the await's work */
#define INSPECT_KEY_TID "tid"           /* U64: the thread that a task stands for, as gettid() */
#define INSPECT_KEY_DEADLINE "deadline" /* TIME: when an await gives up by itself; INT64_MAX: not
                                           any more */
#define INSPECT_KEY_PRIORITY "priority" /* I64: of a source; lower comes first, as in GLib */
#define INSPECT_KEY_PERMITS "permits"   /* U64: of a resource with INSPECT_RESOURCE_ANY: how many can hold
                                           it at once (threads of a pool); a wait for it is one of a
                                           deadlock only if that many hold it. Unknown: never */
#define INSPECT_KEY_USER_DATA "user-data" /* OBJECT: address that the callback is handed for itself, as its last
                                              parameter */
#define INSPECT_KEY_STATE "state"       /* TEXT: of a resource ("cancelled", "reading headers"); of an
                                           await "dropped": nobody is left to end it */
#define INSPECT_KEY_SINCE "since"       /* TIME: of an await that a look has found: when it began */
#define INSPECT_KEY_CALLER "caller"     /* OBJECT: of an await with INSPECT_AWAIT_CALLS: that of the function
                                           within which it was called, if that is one, too */
#define INSPECT_KEY_PLAN "plan"         /* TEXT: of a task: the awaits in the source of its function in
                                           order, a line each of fields parted by tabs: "+" for one
                                           that lies before where it is, ">" for that, "-" for one
                                           behind it; what is awaited; "file:line"; the nanoseconds
                                           that it took, or nothing */

#endif
